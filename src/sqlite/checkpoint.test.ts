import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Checkpoints, startCheckpoints } from './checkpoint.ts'
import { openDatabase } from './open.ts'

let folder: string
let path: string
let database: DatabaseSync
let checkpoints: Checkpoints | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-checkpoint-'))
  path = join(folder, 'a.db')
  database = openDatabase({ path, name: 'a', migrations: ['CREATE TABLE t (x BLOB)'] })
})
afterEach(async () => {
  await checkpoints?.close()
  checkpoints = undefined
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const CHUNK = 64 * 1024
const write = (): void => {
  database.prepare('INSERT INTO t VALUES (zeroblob(?))').run(CHUNK)
}

/** The checkpoint sequence number in the header of the log (sqlite.org/fileformat.html, 4.1). */
const timesStartedOver = (): number => readFileSync(`${path}-wal`).readUInt32BE(12)

describe('checkpoints', () => {
  it('copies the log into the database, so that the next commit starts it over', async () => {
    checkpoints = startCheckpoints({ path })
    for (let i = 0; i < 32; i++) write()
    const before = statSync(`${path}-wal`).size
    await checkpoints.run()
    expect(statSync(path).size).toBeGreaterThan(32 * CHUNK)
    for (let i = 0; i < 16; i++) write()
    expect(statSync(`${path}-wal`).size).toBe(before)
  })

  it('starts the log over under writing without pause, each time that the writer honours the gate', async () => {
    checkpoints = startCheckpoints({ path, everyBytes: 4 * CHUNK, maxLogBytes: 1024 * 1024 })
    write()
    const before = timesStartedOver()
    let held = 0
    while (held < 5) {
      if (checkpoints.gate) {
        held++
        await checkpoints.gate
      }
      write()
      checkpoints.wrote(CHUNK)
      await new Promise(setImmediate)
    }
    expect(timesStartedOver() - before).toBeGreaterThanOrEqual(5)
  })

  it('reports what goes wrong and can be closed twice', async () => {
    const errors: string[] = []
    checkpoints = startCheckpoints({ path: join(folder, 'missing', 'b.db'), onError: (message) => errors.push(message) })
    await checkpoints.run()
    expect(errors).toEqual([expect.stringContaining('b.db')])
    await checkpoints.close()
    await checkpoints.close()
    await checkpoints.run()
  })
})
