/** `npm run fuzz`: see README.md. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Campaign, createCampaign } from './campaign.ts'
import { CRASHES, loadCorpus, saveCorpus, writeCrash } from './corpus.ts'
import { execute } from './execute.ts'
import { fixturesFor } from './fixtures.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import type { Target } from './target.ts'
import { TARGETS } from './targets/index.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

/** How long one target runs before the next has its turn, in milliseconds. */
const TURN_MS = 250

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function runOne(target: Target, file: string): Promise<boolean> {
  const execution = await execute(target, new Uint8Array(await readFile(resolve(file))))
  if ('failure' in execution) say(`${target.name}: ${execution.failure.message}\n${execution.failure.stack}`)
  else say(`${target.name}: nothing is broken; ${execution.outcome.features.join(', ')}`)
  return 'outcome' in execution
}

async function begin(options: Options, target: Target, watchdog: Watchdog): Promise<Campaign> {
  const inputs = [...(await loadCorpus(target)).values(), ...(options.fixtures ? await fixturesFor(target) : [])]
  return createCampaign(target, { seed: options.seed, inputs, onInput: (input) => watchdog.watch(target.name, input) })
}

/** Campaign after campaign, a turn each, until the time is over or somebody wants it to end. Gives the milliseconds that each had. */
async function search(campaigns: readonly Campaign[], untilMs: number, stopped: () => boolean): Promise<ReadonlyMap<Campaign, number>> {
  const spentMs = new Map<Campaign, number>()
  const turn = async (campaign: Campaign, run: () => Promise<void>): Promise<void> => {
    const startMs = performance.now()
    await run()
    // Signals and timers have their turn too.
    await new Promise((done) => setImmediate(done))
    spentMs.set(campaign, (spentMs.get(campaign) ?? 0) + performance.now() - startMs)
  }
  const over = (): boolean => stopped() || performance.now() >= untilMs
  for (const campaign of campaigns) if (!over()) await turn(campaign, campaign.begin)
  while (!over()) {
    const next = campaigns.reduce((one, other) => ((spentMs.get(other) ?? 0) < (spentMs.get(one) ?? 0) ? other : one))
    await turn(next, async () => {
      const endMs = Math.min(performance.now() + TURN_MS, untilMs)
      while (performance.now() < endMs && !stopped()) await next.step()
    })
  }
  return spentMs
}

async function report(campaign: Campaign, spentMs: number, seed: number): Promise<void> {
  const { target, executions, corpus, novelties, failures } = campaign
  const rate = Math.round((executions * 1000) / Math.max(1, spentMs))
  say(
    `${target.name.padEnd(12)} ${executions} executions, ${rate}/s, corpus ${corpus.length}, new signatures ${novelties}, failures ${failures.length}`,
  )
  for (const { message, stack, input, foundBytes, execution } of failures) {
    const path = await writeCrash(target, input)
    say(`\n${target.name}: ${message}`)
    say(
      `  seed ${seed}, execution ${execution}; ${foundBytes} bytes made ${input.length}: ${JSON.stringify(new TextDecoder().decode(input.subarray(0, 200)))}`,
    )
    say(`  again: npm run fuzz -- --target ${target.name} --input ${path}`)
    say(`${stack.split('\n').slice(1, 6).join('\n')}\n`)
  }
}

async function fuzz(options: Options): Promise<boolean> {
  say(`seed ${options.seed}, ${options.minutes} min for ${options.targets.map(({ name }) => name).join(', ')}`)
  let stopped = false
  // A second signal ends the process as it always does.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true))
  await using watchdog = startWatchdog(CRASHES)
  const campaigns = await Promise.all(options.targets.map((target) => begin(options, target, watchdog)))
  const spentMs = await search(campaigns, performance.now() + options.minutes * 60_000, () => stopped)
  watchdog.pause()
  for (const campaign of campaigns) await report(campaign, spentMs.get(campaign) ?? 0, options.seed)
  if (options.save) {
    for (const { target, corpus } of campaigns) say(`${target.name}: ${await saveCorpus(target, corpus)} files added to the corpus`)
  }
  return campaigns.every(({ failures }) => failures.length === 0)
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2), TARGETS)
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    process.stderr.write(`${thrown.message}\n${USAGE}\n`)
    process.exit(2)
  }
}

const options = optionsOrExit()
const [target] = options.targets
const isWell = options.input !== undefined && target !== undefined ? await runOne(target, options.input) : await fuzz(options)
process.exitCode = isWell ? 0 : 1
