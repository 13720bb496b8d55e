/** Phase C: 5,000 streams with 50 events a second each, more than a core carries: what is late must still come, once and in order. */
import { measurePace } from '../bench/pace.ts'
import { must, type PhaseResult, type SoakOptions } from './section.ts'

const STREAMS = 5_000
const EVENTS_PER_SECOND = 50
const WARM_MS = 1_000
const MEASURE_MS = { short: 3_000, whole: 10_000 }

export async function many(options: SoakOptions): Promise<PhaseResult> {
  options.signal.throwIfAborted()
  options.progress(`many: ${STREAMS} streams, ${EVENTS_PER_SECOND} events/s each`)
  const load = {
    streams: STREAMS,
    eventsPerSecond: EVENTS_PER_SECOND,
    warmMs: WARM_MS,
    measureMs: options.short ? MEASURE_MS.short : MEASURE_MS.whole,
  }
  const what = `${STREAMS} streams x ${EVENTS_PER_SECOND} events/s`
  try {
    const sample = await measurePace({ name: 'sluice sqlite', readersPerStream: 1, load, profile: undefined })
    const { rate, p50Ms, p99Ms, maxMs, events, core } = sample
    return {
      name: 'many',
      verdicts: [must(`${what}: events lost or doubled`, 'none', `none of ${events}`, true)],
      notes: [
        `Delivered ${Math.round(rate)} events/s of ${STREAMS * EVENTS_PER_SECOND} wanted with ${(core * 100).toFixed(0)} % of a core.`,
        `Latency p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, max ${maxMs.toFixed(0)} ms: that of a queue where more is offered than a core carries.`,
      ],
      data: sample,
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return { name: 'many', verdicts: [must(`${what}: events lost or doubled`, 'none', why, false)], notes: [], data: { why } }
  }
}
