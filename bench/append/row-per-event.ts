/** The table that one thinks of first: a row for each event, keyed by stream and seq, in transactions of a fixed size. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AppendLog } from './log.ts'

const ROWS_PER_TRANSACTION = 200

/** Its `append` does not wait for the commit: this is how fast the table is when nobody waits. */
export async function createRowPerEvent(streams: number, folder: string): Promise<AppendLog> {
  const database = new DatabaseSync(join(folder, 'rows.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec('CREATE TABLE events (stream TEXT, seq INTEGER, data BLOB, PRIMARY KEY (stream, seq)) WITHOUT ROWID')
  const insert = database.prepare('INSERT INTO events (stream, seq, data) VALUES (?, ?, ?)')
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')]
  const ids = Array.from({ length: streams }, (_, stream) => `runs/bench_${stream}`)
  const seqs = new Uint32Array(streams)
  let rows = 0
  return {
    async append(stream, event) {
      if (rows === 0) begin.run()
      const seq = (seqs[stream] ?? 0) + 1
      seqs[stream] = seq
      insert.run(ids[stream] ?? '', seq, event)
      rows++
      if (rows < ROWS_PER_TRANSACTION) return
      commit.run()
      rows = 0
    },
    async close() {
      if (rows > 0) commit.run()
      database.close()
    },
  }
}
