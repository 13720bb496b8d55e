/** Reading a run's stream back. */
import { decodeEvent } from '../core/event.ts'
import { type Answer, applyEvent, EMPTY_ANSWER } from '../core/fold.ts'
import { type Offset, START } from '../core/offset.ts'
import type { Store } from '../ports/store.ts'

/** The fold of everything that a stream holds now. Reads in pages; memory is that of the answer. */
export async function readAnswer(store: Store, streamId: string): Promise<Answer> {
  let answer = EMPTY_ANSWER
  let after: Offset = START
  for (;;) {
    const page = await store.read(streamId, after)
    for (const record of page.records) answer = applyEvent(answer, decodeEvent(record.data))
    if (page.atTail) return answer
    after = page.next
  }
}
