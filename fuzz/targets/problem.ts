/** What the client makes of an answer that is an error: any status and body. */
import { readProblem } from '../../src/client/problem.ts'
import { ERROR_CODES, SluiceError } from '../../src/core/errors.ts'
import { bytesOf, must, type Target, textOf } from '../target.ts'

const STATUSES = [400, 401, 404, 409, 410, 413, 418, 429, 500, 502, 503, 599]

export const problem: Target = {
  name: 'problem',
  seeds: () =>
    [
      '{"type":"about:blank","title":"Not found","status":404,"detail":"There is nothing.","code":"not-found","requestId":"r"}',
      '{"code":"overloaded","retryAfterMs":1000,"errors":[{"path":"input","message":"is missing"}]}',
      '<html>Bad gateway</html>',
      '3',
      'Sat, 21 Nov 2026 00:00:10 GMT',
    ].map(bytesOf),
  dictionary: [...ERROR_CODES.map((code) => `"${code}"`), '"retryAfterMs":', '"errors":', '"path":', '"message":', '1e999', '-1', 'null'],
  shape: 'json',
  maxBytes: 4 * 1024,
  async run(input, random) {
    const status = random.pick(STATUSES)
    // Values of headers are visible ASCII.
    const header = (textOf(input) ?? '')
      .replace(/[^\x20-\x7e]/g, '')
      .slice(0, 60)
      .trim()
    const error = await readProblem(new Response(input.slice(), { status, headers: { 'retry-after': header } }), 'GET /v1/runs/r1', 0)
    must(error instanceof SluiceError && ERROR_CODES.includes(error.code), 'an error answer is an error of ours')
    must(error.retryAfterMs === undefined || error.retryAfterMs >= 0, 'a wait is no negative time', () => String(error.retryAfterMs))
    return {
      features: [
        error.code,
        error.retryAfterMs === undefined ? 'no wait' : 'wait',
        error.message.includes('(request ') ? 'named' : 'unnamed',
      ],
    }
  },
}
