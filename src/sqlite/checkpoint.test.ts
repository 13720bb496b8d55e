import { mkdtempSync, rmSync, statSync } from 'node:fs'
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

  it('bounds the log under writing without pause, as long as the writer honours the gate', async () => {
    const maxLogBytes = 1024 * 1024
    checkpoints = startCheckpoints({ path, everyBytes: 4 * CHUNK, maxLogBytes })
    await checkpoints.run()
    let held = 0
    let written = 0
    while (held < 8) {
      if (checkpoints.gate) {
        held++
        await checkpoints.gate
      }
      write()
      checkpoints.wrote(CHUNK)
      written += CHUNK
      await new Promise(setImmediate)
    }
    expect(written).toBeGreaterThan(8 * maxLogBytes)
    expect(statSync(`${path}-wal`).size).toBeLessThan(written / 2)
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
