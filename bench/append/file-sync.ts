/** The floor: one file, and natural group commit with fdatasync, so that what arrives during a sync shares the next. No index, no reads. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppendLog } from './log.ts'

export async function createFileSync(_streams: number, folder: string): Promise<AppendLog> {
  const file = await open(join(folder, 'events.log'), 'a')
  let waiting: Uint8Array[] = []
  let group: PromiseWithResolvers<void> = Promise.withResolvers()
  let syncing: Promise<void> | undefined

  const sync = async (): Promise<void> => {
    while (waiting.length > 0) {
      const [events, done] = [waiting, group]
      waiting = []
      group = Promise.withResolvers()
      await file.write(Buffer.concat(events))
      await file.datasync()
      done.resolve()
    }
    syncing = undefined
  }
  return {
    append(stream, event) {
      const head = Buffer.allocUnsafe(8)
      head.writeUInt32LE(stream, 0)
      head.writeUInt32LE(event.byteLength, 4)
      waiting.push(head, event)
      const { promise } = group
      // Those that ask in the same turn go together.
      syncing ??= Promise.resolve().then(sync)
      return promise
    },
    async close() {
      await syncing
      await file.close()
    },
  }
}
