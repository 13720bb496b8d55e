/** Arbitrary run streams for property tests. */
import fc from 'fast-check'
import type { Located, PartEvent, RunEvent, RunEventBody } from '../event.ts'
import { formatOffset } from '../offset.ts'

const id = fc.constantFrom('p1', 'p2')
const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.constantFrom('\n', '\r\n', 'data: x\n\n', '\u2028'),
)
const flag = fc.option(fc.constant(true as const), { nil: undefined })

function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T
}

const part: fc.Arbitrary<PartEvent> = fc.oneof(
  fc.record({ type: fc.constant('text-start' as const), id }),
  {
    weight: 8,
    arbitrary: fc
      .record({ type: fc.constant('text-delta' as const), id, text, tokens: fc.nat(4), code: flag, link: flag })
      .map((event) => compact(event) as PartEvent),
  },
  fc.record({ type: fc.constant('text-end' as const), id }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('reasoning-delta' as const), id, text }) },
  fc
    .record({ type: fc.constant('reasoning-end' as const), id, signature: fc.option(text, { nil: undefined }), redacted: flag })
    .map((event) => compact(event) as PartEvent),
  fc.record({
    type: fc.constant('citation' as const),
    id,
    url: fc.constantFrom('https://a.test/1', 'https://a.test/2'),
    detail: fc.constant({ type: 'url_citation' }),
  }),
  fc.record({ type: fc.constant('tool-call-start' as const), id, name: fc.constantFrom('search', 'open') }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('tool-call-delta' as const), id, text }) },
  fc.record({ type: fc.constant('tool-call-end' as const), id, input: text }),
  fc.record({ type: fc.constant('tool-result' as const), id, output: fc.jsonValue({ maxDepth: 1 }) }),
)

const body: fc.Arbitrary<RunEventBody> = fc.oneof(
  { weight: 10, arbitrary: part },
  fc.record({ type: fc.constant('status' as const), status: fc.constantFrom('started' as const, 'waiting' as const), message: text }),
  fc.record({ type: fc.constant('progress' as const), outputTokens: fc.nat(), tokensPerSecond: fc.nat(), elapsedMs: fc.nat() }),
  fc.record({ type: fc.constant('usage' as const), usage: fc.record({ outputTokens: fc.nat(), basis: fc.constant('reported' as const) }) }),
  fc.record({
    type: fc.constant('data' as const),
    name: fc.constantFrom('plan', 'step'),
    id: fc.constantFrom('1', '2'),
    data: fc.jsonValue({ maxDepth: 1 }),
  }),
)

/** A stream of a run with rising terms, perhaps ended. */
export const runStream: fc.Arbitrary<Located<RunEvent>[]> = fc
  .record({ bodies: fc.array(body, { maxLength: 40 }), ended: fc.boolean(), takeoverAt: fc.nat(40) })
  .map(({ bodies, ended, takeoverAt }) => {
    const all: RunEventBody[] = [{ type: 'run-start', runId: 'r1', model: 'simulated/short' }, ...bodies]
    if (ended) all.push({ type: 'run-end', outcome: 'completed', finishReason: 'stop', usage: { outputTokens: 3, basis: 'reported' } })
    return all.map((event, index) => ({
      offset: formatOffset(index < takeoverAt ? 1 : 2, index + 1),
      event: { ...event, at: 1_700_000_000_000 + index },
    }))
  })
