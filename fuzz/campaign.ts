/**
 * The search on one target. It keeps inputs that showed something new and mutates them further. What happens depends on the seed and on how many
 * executions there are, and on nothing else.
 */
import { execute, type Failure } from './execute.ts'
import { minimise } from './minimise.ts'
import { mutate } from './mutate/mutate.ts'
import { createRandom, hashOf } from './random.ts'
import type { Outcome, Target } from './target.ts'

const NOTHING = new Uint8Array(0)
/** Newest entries of the corpus, which half of the choices are made from. */
const RECENT = 50
/** Executions of one step. */
const BATCH = 16
/** Working corpus of one target; beyond it a new input takes the place of an old one. */
const MAX_CORPUS = 1_500
/** Texts that came out and may go in again. */
const MAX_ECHOES = 200
const MAX_ECHO_CHARS = 80
/** Signatures that are remembered; what comes later counts as known unless one of its features is new. */
const MAX_SIGNATURES = 20_000
const MINIMISE_RUNS = 3_000
/** Kinds of failures of one target that are worth telling apart. */
const MAX_FAILURES = 10

export interface Entry {
  readonly input: Uint8Array
  readonly outcome: Outcome
  /** It came from the outside: a seed, or a file of the corpus. */
  readonly given: boolean
}

export interface Found extends Failure {
  readonly input: Uint8Array
  /** Length before it was made smaller. */
  readonly foundBytes: number
  readonly execution: number
}

export interface Campaign {
  readonly target: Target
  /** Runs the inputs to begin with. */
  begin(): Promise<void>
  /** A few executions. */
  step(): Promise<void>
  readonly executions: number
  readonly corpus: readonly Entry[]
  /** Inputs of our own that showed something new. */
  readonly novelties: number
  readonly failures: readonly Found[]
}

export interface CampaignOptions {
  readonly seed: number
  readonly inputs: readonly Uint8Array[]
  /** Each input, right before it runs. */
  readonly onInput?: (input: Uint8Array) => void
}

export function createCampaign(target: Target, { seed, inputs, onInput = () => {} }: CampaignOptions): Campaign {
  const random = createRandom((seed ^ hashOf(target.name)) >>> 0)
  const corpus: Entry[] = []
  const signatures = new Set<string>()
  const features = new Set<string>()
  const echoes: string[] = []
  const failures: Found[] = []
  let executions = 0
  let novelties = 0

  const fails = async (input: Uint8Array, kind: string): Promise<boolean> => {
    onInput(input)
    const execution = await execute(target, input)
    return 'failure' in execution && execution.failure.kind === kind
  }

  const report = async (input: Uint8Array, failure: Failure): Promise<void> => {
    if (failures.length >= MAX_FAILURES || failures.some(({ kind }) => kind === failure.kind)) return
    const at = executions
    const runs = failure.kind === 'slow' ? 40 : MINIMISE_RUNS
    const smallest = await minimise(input, (smaller) => fails(smaller, failure.kind), runs)
    const last = await execute(target, smallest)
    failures.push({
      ...('failure' in last ? last.failure : failure),
      kind: failure.kind,
      input: smallest,
      foundBytes: input.length,
      execution: at,
    })
  }

  const isNew = ({ features: shown }: Outcome): boolean => {
    const known = features.size
    for (const feature of shown) features.add(feature)
    const signature = shown.join(' ')
    if (signatures.has(signature)) return features.size > known
    if (signatures.size < MAX_SIGNATURES) signatures.add(signature)
    else return features.size > known
    return true
  }

  const keep = (entry: Entry): void => {
    if (!entry.given) novelties++
    if (corpus.length < MAX_CORPUS) corpus.push(entry)
    else corpus[random.below(corpus.length)] = entry
  }

  const run = async (input: Uint8Array, given: boolean): Promise<Entry | undefined> => {
    onInput(input)
    executions++
    const execution = await execute(target, input)
    if ('failure' in execution) {
      await report(input, execution.failure)
      return undefined
    }
    for (const echo of execution.outcome.echoes ?? []) {
      if (echo.length > MAX_ECHO_CHARS || echoes.includes(echo)) continue
      if (echoes.length < MAX_ECHOES) echoes.push(echo)
      else echoes[random.below(MAX_ECHOES)] = echo
    }
    return { input, outcome: execution.outcome, given }
  }

  /** An input of the corpus. Newer ones more often, since there is more to find nearby; short ones more often, since they run faster. */
  const choose = (): Uint8Array => {
    if (corpus.length === 0) return NOTHING
    const from = random.chance(0.5) ? Math.max(0, corpus.length - RECENT) : 0
    const [one, other] = [draw(from), draw(from)]
    return one.length <= other.length || random.chance(0.3) ? one : other
  }
  const draw = (from: number): Uint8Array => corpus[from + random.below(corpus.length - from)]?.input ?? NOTHING

  return {
    target,
    async begin() {
      for (const input of [NOTHING, ...target.seeds(), ...inputs]) {
        const entry = await run(input, true)
        if (entry !== undefined) {
          isNew(entry.outcome)
          keep(entry)
        }
      }
    },
    async step() {
      for (let count = 0; count < BATCH; count++) {
        const material = { other: choose(), words: [...target.dictionary, ...echoes] }
        const entry = await run(mutate(choose(), random, material, target), false)
        if (entry !== undefined && isNew(entry.outcome)) keep(entry)
      }
    },
    get executions() {
      return executions
    },
    corpus,
    get novelties() {
      return novelties
    },
    failures,
  }
}
