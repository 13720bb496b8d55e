import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../sqlite/open.ts'
import { MIGRATIONS } from './migrations.ts'
import { QUERIES } from './statements.ts'

/** Reads whole, and may: the index holds the runs that have not ended, and nothing else. */
const SMALL = /^SCAN runs USING (COVERING )?INDEX runs_unfinished$/

const database = openDatabase({ path: ':memory:', name: 'records', migrations: MIGRATIONS })
afterAll(() => database.close())

const planOf = (sql: string): string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all({})
    .map((row) => String(row['detail']))

describe('the plan of each query', () => {
  it.each(Object.entries(QUERIES))('%s reads by an index and reads no table whole', (_name, sql) => {
    const scans = planOf(sql).filter((step) => step.startsWith('SCAN') && !SMALL.test(step))
    expect(scans).toEqual([])
  })

  it.each(Object.entries(QUERIES).filter(([name]) => name.startsWith('list')))(
    '%s needs no sorting: a page costs its rows',
    (_name, sql) => {
      expect(planOf(sql).filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
    },
  )

  it('would show a query that reads a whole table', () => {
    expect(planOf('SELECT * FROM runs WHERE model = 1')).toEqual(['SCAN runs'])
  })

  it('every table is strict and has an owner', () => {
    const tables = database.prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'").all()
    expect(tables).toHaveLength(5)
    for (const table of tables) {
      expect(table['strict']).toBe(1)
      const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(String(table['name']))
      expect(columns.map((column) => column['name'])).toEqual(expect.arrayContaining(['tenant', 'user']))
    }
  })
})
