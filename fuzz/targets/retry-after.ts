/** How long to wait, in every form in which providers say it. */

import { openaiLimitResetMs } from '../../src/sources/shared/openai-words.ts'
import { parseDuration, retryAfterMs, retryAfterMsFromSentence } from '../../src/sources/shared/retry-after.ts'
import { bucket, bytesOf, must, type Target } from '../target.ts'

const NOW_MS = Date.UTC(2026, 10, 21)
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/** A duration read character by character. */
function slowDuration(text: string): number | undefined {
  let total = 0
  let at = 0
  const digits = (): string => {
    const from = at
    while (text.charAt(at) !== '' && '0123456789'.includes(text.charAt(at))) at++
    return text.slice(from, at)
  }
  if (text === '') return undefined
  while (at < text.length) {
    let amount = digits()
    if (amount === '') return undefined
    if (text.charAt(at) === '.') {
      at++
      const fraction = digits()
      if (fraction === '') return undefined
      amount += `.${fraction}`
    }
    const unit = text.startsWith('ms', at) ? 'ms' : text.charAt(at)
    const unitMs = UNIT_MS[unit]
    if (unitMs === undefined) return undefined
    at += unit.length
    total += Number(amount) * unitMs
  }
  return Number.isFinite(total) ? Math.ceil(total) : undefined
}

function mustBeWait(wait: number | undefined, where: string): void {
  must(
    wait === undefined || (Number.isInteger(wait) && wait >= 0),
    'a wait is a whole number of milliseconds from 0',
    () => `${where}: ${wait}`,
  )
}

export const retryAfter: Target = {
  name: 'retry-after',
  seeds: () =>
    [
      '6m0s',
      '1.5s',
      '6ms',
      '1h2m3.5s',
      '20',
      '0.25',
      'Sat, 21 Nov 2026 00:00:10 GMT',
      'Please try again in 1.2s.',
      'Rate limit. Try again in 6m0s, or not',
    ].map(bytesOf),
  dictionary: [
    'h',
    'm',
    's',
    'ms',
    '.',
    '9'.repeat(320),
    '1e9',
    'Try again in ',
    'Sat, 21 Nov 2026 00:00:10 GMT',
    '-1',
    '+',
    ' ',
    'Infinity',
    'NaN',
    '0x10',
  ],
  shape: 'bytes',
  maxBytes: 2 * 1024,
  run(input) {
    const text = new TextDecoder().decode(input)
    const duration = parseDuration(text)
    must(
      duration === slowDuration(text),
      'a duration is the sum of its amounts',
      () => `${duration} instead of ${slowDuration(text)} for ${JSON.stringify(text)}`,
    )
    const header = retryAfterMs({ get: (name) => (name === 'retry-after' ? text : null) }, NOW_MS)
    const msHeader = retryAfterMs({ get: (name) => (name === 'retry-after-ms' ? text : null) }, NOW_MS)
    const sentence = retryAfterMsFromSentence(text)
    const reset = openaiLimitResetMs({ get: (name) => (name.includes('remaining') ? '0' : text) })
    for (const [where, wait] of Object.entries({ header, msHeader, sentence, reset, duration })) mustBeWait(wait, where)
    return {
      features: [header, msHeader, sentence, reset].map((wait) => (wait === undefined ? '-' : bucket(wait).length > 4 ? 'long' : 'short')),
    }
  },
}
