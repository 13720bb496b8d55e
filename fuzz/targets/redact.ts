/** Secrets in what providers say. */
import { createRedactor } from '../../src/sources/shared/redact.ts'
import { createChoices } from '../choices.ts'
import { bucket, bytesOf, must, type Target } from '../target.ts'

const SECRETS = ['sk-proj-abcdefgh12345678', 'k3y/with+slash==', '0123456789abcdef', 'aaaaaaaa', 'a.b*c?d$&$1(', 'Bearer xyz12345']
/** The longest replacement for the shortest piece: `sk-x`. */
const MAX_GROWTH = 3

export const redact: Target = {
  name: 'redact',
  seeds: () =>
    ['\u0001Incorrect API key: sk-proj-abcdefgh12345678.', '\u0003Bearer abc.def', '\u0007abc****xyz', '\u0000plain words'].map(bytesOf),
  dictionary: [...SECRETS, 'sk-', 'Bearer ', '****', '$&', '$1', '[redacted]', 'aaaaaaaaaaaaaaa', '\u2028'],
  shape: 'bytes',
  maxBytes: 4 * 1024,
  run(input) {
    const choices = createChoices(input)
    const mask = choices.below(1 << SECRETS.length)
    const own = choices.text(12)
    // Shorter ones are test values by contract; what overlaps with the word that takes their place can never be gone.
    const secrets = [...SECRETS.filter((_, index) => (mask >> index) % 2 === 1), own].filter(
      (secret) => secret.length >= 8 && !/[[\]]|redact/.test(secret),
    )
    const text = new TextDecoder('latin1').decode(input.subarray(1)) + own
    const clean = createRedactor([...secrets, ''])(text)
    const left = secrets.find((secret) => clean.includes(secret))
    must(left === undefined, 'no secret is left', () => JSON.stringify({ left, clean }))
    must(clean.length <= text.length * MAX_GROWTH + 20, 'a clean text is hardly longer', () => `${clean.length} from ${text.length}`)
    const marks = clean.split('[redacted]').length - 1
    if (marks === 0) must(clean === text, 'a text without secrets stays as it is')
    return { features: [`secrets*${bucket(secrets.length)}`, `marks*${bucket(marks)}`] }
  },
}
