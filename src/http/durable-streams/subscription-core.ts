/**
 * What a subscription does, without doing it: `decide` turns a state and an input into a change to keep and a thing to do.
 *
 * A subscription has a *link* to each of its streams: up to where its work is acknowledged. Something behind that is *pending*, and
 * pending work makes a *wake*: told to a webhook, or written to a wake stream for workers to claim. At most one wake is in force;
 * its generation shuts out everyone who still works on an earlier one.
 */
import { type Offset, START } from '../../core/offset.ts'
import { SubscriptionRefusal } from './subscription-refusal.ts'
import type { Change, Link, SubscriptionState, Wake } from './subscription-state.ts'

export type Input =
  /** Something may have fallen due or have come. */
  | { readonly type: 'look' }
  | { readonly type: 'link'; readonly path: string; readonly at: Offset; readonly how: 'explicit' | 'glob' }
  /** The stream begins anew. */
  | { readonly type: 'reset'; readonly path: string }
  | { readonly type: 'unlink'; readonly path: string; readonly how: 'explicit' | 'glob' }
  | { readonly type: 'claim'; readonly worker: string }
  | {
      readonly type: 'ack'
      readonly wakeId: string
      readonly generation: number
      readonly acks: readonly { readonly path: string; readonly offset: Offset }[]
      readonly done: boolean
    }
  | { readonly type: 'release'; readonly wakeId: string; readonly generation: number }
  /** The receiver knows of the wake; `done`: and has worked off all up to these positions. */
  | { readonly type: 'told'; readonly wakeId: string; readonly done?: readonly (readonly [path: string, tail: Offset])[] }
  | { readonly type: 'untold'; readonly wakeId: string; readonly retryAtMs: number }

/** The moment, and a fresh id for a wake that may become necessary. */
export interface Moment {
  readonly nowMs: number
  readonly wakeId: string
}

export interface Decision {
  /** Absent when nothing changes. */
  readonly change?: Change
  /** The wake that must be told now. */
  readonly tell?: Wake
}

/** @throws {SubscriptionRefusal} what the protocol answers; nothing changes then. */
export function decide(state: SubscriptionState, input: Input, moment: Moment): Decision {
  const step = new Step(state, moment)
  step.expire()
  switch (input.type) {
    case 'look':
      step.retry()
      break
    case 'link': {
      const link = state.links.get(input.path)
      if (!link?.[input.how]) step.link(input.path, { explicit: false, glob: false, acked: input.at, ...link, [input.how]: true })
      break
    }
    case 'reset': {
      const link = state.links.get(input.path)
      if (link && link.acked !== START) step.link(input.path, { ...link, acked: START })
      break
    }
    case 'unlink': {
      const link = state.links.get(input.path)
      if (link?.[input.how]) step.link(input.path, { ...link, [input.how]: false })
      break
    }
    case 'claim':
      step.claim(input.worker)
      break
    case 'ack':
      step.inForce(input)
      for (const { path, offset } of input.acks) step.ack(path, offset)
      if (input.done) step.free()
      else step.extend()
      break
    case 'release':
      step.inForce(input)
      step.free()
      break
    case 'told':
      // An answer that comes after the wake was taken back, or after its callback, changes nothing.
      if (step.wake?.id !== input.wakeId || step.wake.phase !== 'telling') break
      if (input.done) {
        for (const [path, tail] of input.done) step.ack(path, tail)
        step.free()
      } else step.told()
      break
    case 'untold':
      if (step.wake?.id === input.wakeId && step.wake.phase === 'telling') step.later(input.retryAtMs)
      break
    default:
      return input satisfies never
  }
  step.rouse()
  return step.decision()
}

/** The state that is to come, as differences to the one that is. */
class Step {
  readonly #state: SubscriptionState
  readonly #moment: Moment
  readonly #links = new Map<string, Link | null>()
  #wake: Wake | undefined
  #generation: number
  #tell = false

  constructor(state: SubscriptionState, moment: Moment) {
    this.#state = state
    this.#moment = moment
    this.#wake = state.wake
    this.#generation = state.generation
  }

  get wake(): Wake | undefined {
    return this.#wake
  }

  get #leaseEndMs(): number {
    return this.#moment.nowMs + this.#state.made.config.leaseTtlMs
  }

  expire(): void {
    const until = this.#wake?.phase === 'telling' ? undefined : this.#wake?.leaseUntilMs
    if (until !== undefined && this.#moment.nowMs >= until) this.#wake = undefined
  }

  retry(): void {
    if (this.#wake?.phase !== 'telling' || this.#wake.retryAtMs === undefined || this.#moment.nowMs < this.#wake.retryAtMs) return
    const { retryAtMs: _, ...wake } = this.#wake
    this.#wake = wake
    this.#tell = true
  }

  link(path: string, link: Link): void {
    this.#links.set(path, link.explicit || link.glob ? link : null)
  }

  ack(path: string, offset: Offset): void {
    const link = this.#link(path)
    // A stream that was removed while a worker was busy with it is nobody's business any more.
    if (!link) return
    if (offset > (this.#state.tails.get(path) ?? START)) {
      throw new SubscriptionRefusal('INVALID_OFFSET', `The offset lies behind the end of ${path}: acknowledge at most its tail_offset.`)
    }
    if (offset > link.acked) this.#links.set(path, { ...link, acked: offset })
  }

  claim(worker: string): void {
    this.rouse()
    const wake = this.#wake
    if (!wake)
      throw new SubscriptionRefusal('NO_PENDING_WORK', 'There is nothing to do: all linked streams are acknowledged to their ends.')
    if (wake.phase === 'held') {
      throw new SubscriptionRefusal('ALREADY_CLAIMED', 'Another worker has the lease: wait until it is done or its lease runs out.', {
        current_holder: wake.holder,
        generation: wake.generation,
      })
    }
    this.#wake = { id: wake.id, generation: wake.generation, phase: 'held', holder: worker, leaseUntilMs: this.#leaseEndMs, failures: 0 }
    this.#tell = false
  }

  inForce({ wakeId, generation }: { readonly wakeId: string; readonly generation: number }): void {
    const wake = this.#wake
    const claimed = this.#state.made.config.type === 'webhook' || wake?.phase === 'held'
    if (wake?.id === wakeId && wake.generation === generation && claimed) return
    throw new SubscriptionRefusal('FENCED', 'This wake is over: its lease ran out or it was finished. Wait for the next one.')
  }

  told(): void {
    if (!this.#wake) return
    const { id, generation } = this.#wake
    const lease = this.#state.made.config.type === 'webhook' ? { leaseUntilMs: this.#leaseEndMs } : {}
    this.#wake = { id, generation, phase: 'told', failures: 0, ...lease }
  }

  extend(): void {
    const wake = this.#wake
    if (wake?.phase === 'telling') this.told()
    else if (wake) this.#wake = { ...wake, leaseUntilMs: this.#leaseEndMs }
  }

  later(retryAtMs: number): void {
    if (this.#wake) this.#wake = { ...this.#wake, failures: this.#wake.failures + 1, retryAtMs }
  }

  free(): void {
    this.#wake = undefined
  }

  /** Makes a wake when there is work and nobody is at it. */
  rouse(): void {
    if (this.#wake || !this.#hasWork()) return
    this.#generation++
    this.#wake = { id: this.#moment.wakeId, generation: this.#generation, phase: 'telling', failures: 0 }
    this.#tell = true
  }

  #hasWork(): boolean {
    for (const path of new Set([...this.#state.pending, ...this.#links.keys()])) {
      const link = this.#link(path)
      if (link && (this.#state.tails.get(path) ?? START) > link.acked) return true
    }
    return false
  }

  #link(path: string): Link | undefined {
    const changed = this.#links.get(path)
    return changed === undefined ? this.#state.links.get(path) : (changed ?? undefined)
  }

  decision(): Decision {
    const { wake, generation } = this.#state
    const change: Change = {
      ...(this.#links.size === 0 ? {} : { links: [...this.#links] }),
      ...(this.#wake === wake ? {} : { wake: this.#wake ?? null }),
      ...(this.#generation === generation ? {} : { generation: this.#generation }),
    }
    return {
      ...(Object.keys(change).length === 0 ? {} : { change }),
      ...(this.#tell && this.#wake ? { tell: this.#wake } : {}),
    }
  }
}
