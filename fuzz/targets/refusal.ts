/** An HTTP answer of a provider that is no stream: any status, headers and body, through the door that every source uses. */
import { SluiceError } from '../../src/core/errors.ts'
import { createFakeClock } from '../../src/core/testing/fake-clock.ts'
import { OPENAI } from '../../src/sources/openai/provider.ts'
import { createRedactor } from '../../src/sources/shared/redact.ts'
import { exchange, type FetchResponse } from '../../src/sources/shared/transport.ts'
import { cuttings } from '../pieces.ts'
import { bucket, bytesOf, must, mustBeSame, type Target } from '../target.ts'

const SECRET = 'k3y/with+slash"quote=='
const SECRET_IN_JSON = 'k3y\\/with+slash\\"quote=='
const MAX_MESSAGE_CHARS = 4_000

/** `<status>`, header lines, a blank line, the body. */
function parts(input: Uint8Array): { readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: Uint8Array } {
  const end = Buffer.from(input).indexOf('\n\n')
  const head = new TextDecoder('latin1').decode(end < 0 ? input : input.subarray(0, end)).split('\n')
  const status = Number.parseInt(head[0] ?? '', 10)
  const headers = new Map<string, string>()
  for (const line of head.slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { status: status >= 200 && status <= 599 ? status : 500, headers, body: end < 0 ? new Uint8Array(0) : input.subarray(end + 2) }
}

async function refused(input: Uint8Array, pieces: readonly Uint8Array[]): Promise<SluiceError | undefined> {
  const { status, headers } = parts(input)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const response: FetchResponse = { status, headers: { get: (name) => headers.get(name.toLowerCase()) ?? null }, body }
  try {
    for await (const _chunk of exchange({
      fetch: () => Promise.resolve(response),
      clock: createFakeClock(),
      provider: OPENAI,
      url: 'http://provider.test/v1/responses',
      headers: {},
      body: () => ({}),
      signal: new AbortController().signal,
      redact: createRedactor([SECRET]),
    })) {
      // A body of events: not what this target is about.
    }
    return undefined
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown
    throw thrown
  }
}

const HEAD = 'content-type: application/json\nx-request-id: req_1\nretry-after: 20'

export const refusal: Target = {
  name: 'refusal',
  seeds: () =>
    [
      `401\n${HEAD}\n\n{"error":{"message":"Incorrect API key: ${SECRET_IN_JSON}","type":"invalid_request_error","code":"invalid_api_key"}}`,
      `429\n${HEAD}\nx-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6m0s\n\n{"error":{"message":"Try again in 1.2s","type":"tokens","code":"rate_limit_exceeded"}}`,
      `502\ncontent-type: text/html\n\n<html><style>a{}</style><script>x()</script><h1>Bad gateway</h1></html>`,
      `200\ncontent-type: text/plain\n\nNot today`,
      `400\n${HEAD}\nx-should-retry: false\n\n{"code":"x","message":"y","status_code":413,"detail":"z"}`,
      '302\nlocation: /\n\n',
    ].map(bytesOf),
  dictionary: [
    SECRET,
    SECRET_IN_JSON,
    'sk-abcdefgh12345678',
    '<script>',
    '</script>',
    '<style',
    '<',
    '>',
    '"error":',
    '"message":',
    '"code":',
    '"status":',
    '\n\n',
    '\\u006b3y/with+slash\\"quote==',
    'retry-after: ',
    'x-request-id: ',
  ],
  shape: 'bytes',
  maxBytes: 20 * 1024,
  async run(input, random) {
    const { body, status } = parts(input)
    const [whole, ...others] = cuttings(body, random).slice(0, 3)
    const error = await refused(input, whole ?? [])
    // Byte by byte for short bodies only: a stream for each byte is slow.
    const again = await refused(input, (body.length > 300 ? others.at(-1) : others[0]) ?? [])
    mustBeSame(again?.message, error?.message, 'a refusal reads the same in any pieces')
    if (error === undefined) return { features: ['events'] }
    const shown = `${error.message} ${error.safeMessage} ${String(error.cause)}`
    must(!shown.includes(SECRET), 'no secret is in an error', () => error.message)
    must(error.message.length <= MAX_MESSAGE_CHARS, 'the message of an error is bounded', () => `${error.message.length} characters`)
    must(
      error.retryAfterMs === undefined || (Number.isFinite(error.retryAfterMs) && error.retryAfterMs >= 0),
      'a wait is a length of time',
      () => String(error.retryAfterMs),
    )
    return {
      features: [
        error.code,
        `status ${Math.floor(status / 100)}xx`,
        error.retryAfterMs === undefined ? 'no wait' : 'wait',
        error.retryable ? 'again' : 'final',
        `message*${bucket(error.message.length)}`,
      ],
    }
  },
}
