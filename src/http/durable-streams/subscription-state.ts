/** The state of a subscription, and how a change makes the next one: when it was decided, and again when it is read back. */
import { type Offset, START } from '../../core/offset.ts'

export interface SubscriptionConfig {
  readonly type: 'webhook' | 'pull-wake'
  readonly pattern?: string
  /** Streams that it was made with, sorted; later ones are links only. */
  readonly streams: readonly string[]
  readonly webhookUrl?: string
  readonly wakeStream?: string
  readonly leaseTtlMs: number
  readonly description?: string
}

export interface Link {
  /** Named by the caller. */
  readonly explicit: boolean
  /** Found by the pattern. */
  readonly glob: boolean
  /** Offset up to which the work is done. */
  readonly acked: Offset
}

export interface Wake {
  readonly id: string
  readonly generation: number
  /** `telling`: the receiver does not know yet. `told`: it does; a webhook's lease runs. `held`: a worker has claimed it. */
  readonly phase: 'telling' | 'told' | 'held'
  readonly holder?: string
  /** Milliseconds since 1970, here and below. Absent: no lease runs. */
  readonly leaseUntilMs?: number
  /** Attempts to tell that failed, one after the other. */
  readonly failures: number
  readonly retryAtMs?: number
}

export interface Made {
  readonly config: SubscriptionConfig
  readonly createdAtMs: number
  /** Scheme and host under which the caller knows this server; callbacks go there. */
  readonly origin: string
}

/** What is kept of a step. */
export interface Change {
  readonly made?: Made
  readonly links?: readonly (readonly [path: string, link: Link | null])[]
  readonly wake?: Wake | null
  readonly generation?: number
}

export interface SubscriptionState {
  made: Made
  readonly links: Map<string, Link>
  wake: Wake | undefined
  generation: number
  /** Ends of the streams, as far as is known. Not kept: they are read again. */
  readonly tails: Map<string, Offset>
  /** Links with something to do. Derived. */
  readonly pending: Set<string>
}

export function begin(made: Made): SubscriptionState {
  return { made, links: new Map(), wake: undefined, generation: 0, tails: new Map(), pending: new Set() }
}

/** Takes note of where a stream ends. True when it has something that was not acknowledged. */
export function see(state: SubscriptionState, path: string, tail: Offset): boolean {
  state.tails.set(path, tail)
  return refresh(state, path)
}

export function evolve(state: SubscriptionState, change: Change): void {
  if (change.made) state.made = change.made
  if (change.generation !== undefined) state.generation = change.generation
  if (change.wake !== undefined) state.wake = change.wake ?? undefined
  for (const [path, link] of change.links ?? []) {
    if (link === null) {
      state.links.delete(path)
      state.tails.delete(path)
    } else state.links.set(path, link)
    refresh(state, path)
  }
}

function refresh(state: SubscriptionState, path: string): boolean {
  const link = state.links.get(path)
  const isPending = link !== undefined && (state.tails.get(path) ?? START) > link.acked
  if (isPending) state.pending.add(path)
  else state.pending.delete(path)
  return isPending
}

/** When `look` is worth it without news, in milliseconds since 1970. */
export function dueMs({ wake }: SubscriptionState): number | undefined {
  return wake?.phase === 'telling' ? wake.retryAtMs : wake?.leaseUntilMs
}
