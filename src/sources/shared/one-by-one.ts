/** Items that come in batches, handed out one by one. */
import { abortError } from '../../core/abort.ts'

/**
 * What an async generator of the items does, at a third of its cost per item: one that is here already is a resolved promise and nothing more. The
 * generator of the batches is asked on when its last batch is used up, and told to return when the consumer leaves. Calls that overlap are answered in
 * their order.
 * @throws the signal's reason in place of an item, when it has aborted by then, after `batches` was closed; what `batches` throws passes through.
 */
export function oneByOne<T>(
  batches: AsyncGenerator<readonly T[], void, undefined>,
  signal: AbortSignal,
): AsyncIterableIterator<T, void, undefined> {
  const none: readonly T[] = []
  let items = none[Symbol.iterator]()
  /** The call that waits, the last one where several do. */
  let turn: Promise<unknown> | undefined

  /** What is here already. */
  const ready = (): Promise<IteratorResult<T, void>> | undefined => {
    const item = items.next()
    if (item.done) return undefined
    // The consumer may have aborted while it had the last item: what is already here must not come after that.
    return signal.aborted ? giveUp() : Promise.resolve(item)
  }

  const giveUp = async (): Promise<never> => {
    items = none[Symbol.iterator]()
    const reason = abortError(signal)
    await batches.throw(reason)
    throw reason
  }

  const nextItem = async (): Promise<IteratorResult<T, void>> => {
    for (;;) {
      const item = ready()
      if (item !== undefined) return item
      const batch = await batches.next()
      if (batch.done) return batch
      items = batch.value[Symbol.iterator]()
    }
  }

  const leave = async (): Promise<IteratorResult<T, void>> => {
    items = none[Symbol.iterator]()
    await batches.return()
    return { done: true, value: undefined }
  }

  const inTurn = (run: () => Promise<IteratorResult<T, void>>): Promise<IteratorResult<T, void>> => {
    const mine = turn === undefined ? run() : turn.then(run, run)
    const over = (): void => {
      if (turn === mine) turn = undefined
    }
    turn = mine
    mine.then(over, over)
    return mine
  }

  const iterator: AsyncIterableIterator<T, void, undefined> = {
    next: () => (turn === undefined ? ready() : undefined) ?? inTurn(nextItem),
    return: () => inTurn(leave),
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
