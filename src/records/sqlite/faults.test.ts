import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ALICE, anEnd, aRun, expectCode } from '../../conformance/records/workbench.ts'
import type { Records } from '../../ports/records.ts'
import { openDatabase } from '../../sqlite/open.ts'
import { MIGRATIONS } from './migrations.ts'
import { createSqliteRecords, recordsIn } from './records.ts'

let folder: string
let path: string
let open: Records[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-records-'))
  path = join(folder, 'records.db')
  open = []
})
afterEach(async () => {
  for (const records of open) await records.close()
  rmSync(folder, { recursive: true, force: true })
})

const create = (): Records => {
  const records = createSqliteRecords({ folder })
  open.push(records)
  return records
}

/** Records on a connection that the test can also reach. */
const createOn = (): { records: Records; database: DatabaseSync } => {
  const database = openDatabase({ path, name: 'records', migrations: MIGRATIONS })
  const records = recordsIn(database, path)
  open.push(records)
  return { records, database }
}

describe('records in SQLite, when the disk or the file fails', () => {
  it('are storage-locked while another connection writes, and go on afterwards', async () => {
    const records = create()
    const other = new DatabaseSync(path)
    other.exec('BEGIN EXCLUSIVE')
    const error = await expectCode('storage-locked', records.createRun(aRun('r')))
    expect(error.message).toContain('run r')
    expect(error.message).toContain(path)
    other.exec('ROLLBACK')
    other.close()
    expect((await records.createRun(aRun('r'))).result).toBe('created')
  })

  it('are storage-full when nothing more fits, keep what they have, and go on when there is room', async () => {
    const { records, database } = createOn()
    await records.createRun(aRun('before', { conversationId: 'c' }))
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
    database.exec(`PRAGMA max_page_count = ${pages + 2}`)
    const big = aRun('big', { conversationId: 'c', input: [{ role: 'user', content: 'x'.repeat(100_000) }] })
    await expectCode('storage-full', records.createRun(big, { key: 'k', digest: 'd' }))
    await expectCode('storage-full', records.endRun('before', anEnd('completed', { text: 'x'.repeat(100_000) })))
    expect(await records.getRun('big')).toBeUndefined()
    expect((await records.unfinishedRuns()).map((run) => run.id)).toEqual(['before'])
    expect((await records.listMessages('c', ALICE, { limit: 10 })).items).toHaveLength(1)
    database.exec('PRAGMA max_page_count = 1000000')
    expect((await records.createRun(big, { key: 'k', digest: 'd' })).result).toBe('created')
  })

  it('are storage-read-only when they cannot be written, and still read', async () => {
    const { records, database } = createOn()
    await records.createRun(aRun('r'))
    database.exec('PRAGMA query_only = 1')
    await expectCode('storage-read-only', records.requestCancel('r', ALICE, 1))
    await expectCode('storage-read-only', records.claimRun('r', { holder: 'p', untilMs: 2 }, 1))
    expect(await records.getRun('r')).toEqual(aRun('r'))
  })

  it('are storage-corrupt when the file is not a database', () => {
    writeFileSync(path, 'This is no database, however long it is. '.repeat(100))
    expect(() => createSqliteRecords({ folder })).toThrow(expect.objectContaining({ code: 'storage-corrupt' }))
  })

  it.each([
    ["UPDATE requests SET input = 'not json'", 'input'],
    ['UPDATE requests SET input = \'[{"role":"user"}]\'', 'input.0.content'],
    ['UPDATE runs SET usage = \'{"basis":"guessed"}\'', 'usage.basis'],
    ["UPDATE runs SET finish_reason = 'tired'", 'finish_reason'],
  ])('are storage-corrupt for a row that is damaged, naming it and the column, not the text: %s', async (damage, column) => {
    const { records, database } = createOn()
    await records.createRun(aRun('r', { input: [{ role: 'user', content: 'private words' }] }))
    database.exec(damage)
    const error = await expectCode('storage-corrupt', records.getRun('r'))
    expect(error.message).toContain('row r of runs')
    expect(error.message).toContain(column)
    expect(error.message).not.toContain('private words')
    await expectCode('storage-corrupt', records.listRuns(ALICE, {}, { limit: 1 }))
  })

  it('forget expired keys from the file as new ones come', async () => {
    const database = openDatabase({ path, name: 'records', migrations: MIGRATIONS })
    let nowMs = 0
    const clock = { now: () => nowMs, monotonic: () => nowMs, setTimer: () => () => {} }
    const records = recordsIn(database, path, { clock, idempotencyLifeMs: 10 })
    open.push(records)
    const keys = () => Number(database.prepare('SELECT count(*) AS n FROM idempotency_keys').get()?.['n'])
    for (let index = 0; index < 5; index++) await records.createRun(aRun(`r${index}`), { key: `k${index}`, digest: 'd' })
    expect(keys()).toBe(5)
    nowMs = 10
    await records.createRun(aRun('late'), { key: 'k', digest: 'd' })
    expect(keys()).toBe(1)
  })

  it('copy the write-ahead log into the file while they are in use', async () => {
    const records = create()
    const text = 'x'.repeat(500_000)
    for (let index = 0; index < 6; index++) await records.createRun(aRun(`r${index}`, { input: [{ role: 'user', content: text }] }))
    await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(6 * text.length))
  })

  it('have everything that was acknowledged before a kill -9', async () => {
    const script = `
      import { createSqliteRecords } from ${JSON.stringify(new URL('./records.ts', import.meta.url).href)}
      const records = createSqliteRecords({ folder: ${JSON.stringify(folder)} })
      const owner = { tenant: 'acme', user: 'alice' }
      for (let index = 0; ; index++) {
        const id = 'r' + index
        await records.createRun({ id, streamId: id, owner, model: 'm/m', status: 'queued', input: [{ role: 'user', content: id }],
          options: {}, conversationId: 'c', createdAt: index }, { key: id, digest: 'd' })
        await records.endRun(id, { outcome: 'completed', endedAt: index, usage: { basis: 'unknown' }, text: id })
        process.stdout.write(id + '\\n')
      }`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const acknowledged: string[] = []
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(line)
      if (acknowledged.length === 100) child.kill('SIGKILL')
    }
    expect((await exited)[1]).toBe('SIGKILL')

    const records = create()
    for (const id of acknowledged) {
      expect((await records.getRun(id))?.status).toBe('completed')
      expect((await records.findIdempotent(ALICE, id))?.run.id).toBe(id)
    }
    const { items } = await records.listMessages('c', ALICE, { limit: 200 })
    const texts = new Set(items.filter((message) => message.role === 'assistant').map((message) => message.text))
    expect(acknowledged.slice(-50).filter((id) => !texts.has(id))).toEqual([])
  })
})
