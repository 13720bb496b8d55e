/** `npm run soak [-- --minutes N --seed N --only churn,million,many,idle --json FILE --short]`: see README.md. */
import { parseArgs } from 'node:util'
import { churn } from './churn/churn.ts'
import { idle } from './idle.ts'
import { many } from './many.ts'
import { million } from './million.ts'
import { hasMissed, render, saveJson } from './report.ts'
import { must, PHASES, type PhaseName, type PhaseResult, type SoakOptions } from './section.ts'

const RUN: Readonly<Record<PhaseName, (options: SoakOptions) => Promise<PhaseResult>>> = { churn, million, many, idle }

/** Two restarts, each with its draining and settling, need this much. */
const MIN_MINUTES = 1

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: PHASES.join(',') },
    json: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
const names = values.only.split(',').filter((name) => name !== '')
const unknown = names.find((name) => !Object.hasOwn(RUN, name))
if (unknown !== undefined || names.length === 0) refuse(`--only takes ${PHASES.join(', ')}, separated by commas; it got ${values.only}.`)
if (!(minutes >= MIN_MINUTES)) refuse(`--minutes takes a number from ${MIN_MINUTES}; it got ${values.minutes}.`)
if (!Number.isSafeInteger(seed)) refuse(`--seed takes a whole number; it got ${values.seed}.`)

// Phases end in order when this aborts, and with them all that they started. A second signal ends this process at once; its children notice.
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.stderr.write(`soak: ${signal}, ending\n`)
    interrupt.abort(new Error(`Stopped by ${signal}.`))
  })
}

const date = new Date()
const results: PhaseResult[] = []
const options: SoakOptions = {
  minutes,
  seed,
  short: values.short,
  progress: (line) => void process.stderr.write(`soak: ${line}\n`),
  signal: interrupt.signal,
}
for (const name of PHASES) {
  if (names.includes(name) && !interrupt.signal.aborted) results.push(await perform(name))
}
process.stdout.write(`\n${render(results, date, seed)}\n\n`)
if (values.json !== undefined) await saveJson(values.json, results, date, seed)
process.exitCode = hasMissed(results) || interrupt.signal.aborted ? 1 : 0

/** A phase that breaks off is one that failed, and the others are performed all the same. */
async function perform(name: PhaseName): Promise<PhaseResult> {
  try {
    return await RUN[name](options)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const notes = interrupt.signal.aborted || !(thrown instanceof Error) ? [] : [thrown.stack ?? why]
    return { name, verdicts: [must(`${name}: goes to its end`, 'yes', why, false)], notes, data: { why } }
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
