/** The stream of a run: making it, owning it, reading it back. */
import { SluiceError } from '../core/errors.ts'
import { decodeEvent, encodeEvent, type RunEventBody } from '../core/event.ts'
import { type Answer, applyEvent, EMPTY_ANSWER } from '../core/fold.ts'
import { type Offset, START } from '../core/offset.ts'
import type { RunRecord } from '../ports/records.ts'
import type { Store } from '../ports/store.ts'

/** The media type under which the streams of runs are stored. */
const RUN_CONTENT_TYPE = 'application/json'

/** The stream of a run, with its first events; nothing happens when it is there. */
export async function createStream(store: Store, run: RunRecord): Promise<void> {
  const first: readonly RunEventBody[] = [
    { type: 'run-start', runId: run.id, model: run.model },
    { type: 'status', status: 'queued', message: 'Waiting for its turn' },
  ]
  const records = first.map((body) => encodeEvent({ ...body, at: run.createdAt }))
  await store.create(run.streamId, { contentType: RUN_CONTENT_TYPE, records })
}

/** Fences the stream; a crash between the run's row and its stream may have left none. */
export async function ownStream(store: Store, run: RunRecord): ReturnType<Store['fence']> {
  try {
    return await store.fence(run.streamId)
  } catch (thrown) {
    if (!(thrown instanceof SluiceError) || thrown.code !== 'not-found') throw thrown
    await createStream(store, run)
    return store.fence(run.streamId)
  }
}

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
