/** What the churn showed, as verdicts and lines. */
import { figuresOf, type LatencyFigures } from '../histogram.ts'
import type { LedgerSummary } from '../ledger.ts'
import { inTime, MAX_OWN_DELAY_MS, must, type PhaseResult, type SoakOptions } from '../section.ts'
import type { Complaint } from '../server/log.ts'
import type { Sample } from '../server/sampler.ts'
import type { Absence } from '../server/server.ts'
import { memoryVerdicts } from './memory.ts'
import type { Latencies } from './world.ts'

export interface ChurnFacts {
  readonly options: SoakOptions
  readonly models: readonly string[]
  readonly seconds: number
  readonly ledger: LedgerSummary
  readonly counts: Readonly<Record<string, number>>
  readonly latencies: Latencies
  readonly delays: { readonly load: LatencyFigures; readonly provider: LatencyFigures }
  readonly absences: readonly Absence[]
  readonly samples: readonly Sample[]
  /** Before the first run. */
  readonly floor: Sample
  /** After the last reader. */
  readonly end: Sample
  readonly descriptors: Readonly<Record<'floor' | 'end', Readonly<Record<string, number>>>>
  readonly exitCode: number | null
  readonly complaints: readonly Complaint[]
}

const MAX_ERROR_RATE = 0.01
const MAX_LATENCY_MS = 100
/** Share of the time in which the server could have run and got no processor, from which on its latencies are those of the machine. */
const MAX_WAITED_SHARE = 0.1
/**
 * Descriptors that a server has besides once it has worked: the thread that does checkpoints, which starts with the first writes and has its own
 * event loop and files, is a dozen; connections to the provider are kept for some seconds. A leak would be hundreds.
 */
const SPARE_FDS = 24

export function reportChurn(facts: ChurnFacts): PhaseResult {
  const { ledger, latencies, delays, floor, end } = facts
  const waited = waitedShare(facts.samples)
  const isBusy = Math.max(delays.load.p99Ms, delays.provider.p99Ms) > MAX_OWN_DELAY_MS || waited > MAX_WAITED_SHARE
  const judge = { isBusy, short: facts.options.short }
  const tokens = figuresOf(latencies.tokens)
  const around = figuresOf(latencies.tokensAroundRestarts)
  const created = figuresOf(latencies.created)
  const firstStatus = figuresOf(latencies.firstStatus)
  const memory = memoryVerdicts(facts.samples)
  const wrongText = ledger.errors.filter(({ cause }) => /text|an id went back/.test(cause)).reduce((sum, { count }) => sum + count, 0)
  const waiting = ledger.errors
    .filter(({ cause }) => /wait|did not end|no byte|does not come/.test(cause))
    .reduce((sum, { count }) => sum + count, 0)
  return {
    name: 'churn',
    verdicts: [
      must(
        'Error rate of all operations, faults injected',
        'under 1 %',
        `${(ledger.errorRate * 100).toFixed(3)} % (${ledger.errorCount} of ${ledger.total})`,
        ledger.total > 0 && ledger.errorRate < MAX_ERROR_RATE,
      ),
      must(
        'Text and ids of every reader and run',
        'exact, in order',
        `${wrongText} wrong of ${ledger.operations['read'] ?? 0} reads`,
        wrongText === 0,
      ),
      must('Readers or runs that wait for ever', 'none', `${waiting}`, waiting === 0),
      inTime('POST /v1/runs answered', MAX_LATENCY_MS, created.p99Ms, judge, shown(created)),
      inTime('First status at the reader, from POST /v1/runs', MAX_LATENCY_MS, firstStatus.p99Ms, judge, shown(firstStatus)),
      inTime("Token, provider's write to a live reader's socket", MAX_LATENCY_MS, tokens.p99Ms, judge, shown(tokens)),
      ...memory.verdicts,
      must(
        'Descriptors and readers of the server at the end',
        `at most ${floor.openFds + SPARE_FDS}, 0`,
        `${end.openFds}, ${end.readers}`,
        end.openFds <= floor.openFds + SPARE_FDS && end.readers === 0,
      ),
      must(
        'Errors in the server log, exit code',
        'none, 0',
        `${facts.complaints.length}, ${facts.exitCode}`,
        facts.complaints.length === 0 && facts.exitCode === 0,
      ),
    ],
    notes: [
      `Sources: simulated (simulated/*), and over HTTP ${facts.models.join(', ')}. No limit of the server was raised.`,
      `Operations: ${list(ledger.operations)}.`,
      `Besides: ${list(facts.counts)}.`,
      'Faults made on purpose, and what honestly came of them:',
      ...Object.entries(ledger.faults).map(([fault, count]) => `  ${count} x ${fault}`),
      ...(ledger.errors.length === 0 ? ['Errors: none.'] : ['Errors:']),
      ...ledger.errors.flatMap(({ cause, count, examples }) => [`  ${count} x ${cause}`, ...examples.map((one) => `      ${one}`)]),
      `Restarts: ${facts.absences.map(({ signal, fromMicros, untilMicros }) => `${signal}, ${((untilMicros - fromMicros) / 1e6).toFixed(1)} s until it served again`).join('; ')}.`,
      `Tokens written from a restart's signal until 3 s after the next start, apart from those above: p50 ${around.p50Ms.toFixed(1)} ms, p99 ${around.p99Ms.toFixed(1)} ms, ${around.count} tokens.`,
      `Own delay of the load generator p99 ${delays.load.p99Ms.toFixed(1)} ms (max ${delays.load.maxMs.toFixed(0)}), of the provider p99 ${delays.provider.p99Ms.toFixed(1)} ms (max ${delays.provider.maxMs.toFixed(0)}).`,
      `The server waited for a processor ${(waited * 100).toFixed(1)} % of the time.`,
      `Descriptors at first: ${list(facts.descriptors.floor)}. At the end: ${list(facts.descriptors.end)}.`,
      ...facts.complaints.map(({ text, count }) => `Server log, ${count} x: ${text}`),
    ],
    data: {
      ...facts,
      latencies: { tokens, tokensAroundRestarts: around, created, firstStatus },
      memory: memory.lives,
    },
  }
}

function shown({ p50Ms, maxMs, count }: LatencyFigures): string {
  return `(p50 ${p50Ms.toFixed(1)}, max ${maxMs.toFixed(0)}, ${count} of them)`
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}

/** Of all lives of the server together, from 0 to 1; 0 where the system does not tell. */
function waitedShare(samples: readonly Sample[]): number {
  let waitedMs = 0
  let allMs = 0
  for (const life of Map.groupBy(samples, (sample) => sample.life).values()) {
    const [first, last] = [life[0], life.at(-1)]
    if (first?.waitedMs === undefined || last?.waitedMs === undefined) continue
    waitedMs += last.waitedMs - first.waitedMs
    allMs += last.atMs - first.atMs
  }
  return allMs === 0 ? 0 : waitedMs / allMs
}
