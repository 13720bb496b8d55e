/** docs/threat-model.md names a test for each threat; here each of them is looked for. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)
const text = readFileSync(new URL('docs/threat-model.md', ROOT), 'utf8')
const rows = text.split('\n').filter((line) => /^\| (?!Threat )/.test(line))
const named = [...text.matchAll(/`((?:src|test|web)\/[^`]+\.test\.tsx?)`: "([^"]+)"/g)].map(
  ([, file = '', name = '']) => [file, name] as const,
)

describe('the threat model', () => {
  it('names a test for every threat', () => {
    expect(rows.length).toBeGreaterThan(20)
    expect(named).toHaveLength(rows.length)
  })

  it.each(named)('%s has "%s"', (file, name) => {
    // The quotes of a test's name may be escaped.
    expect(readFileSync(new URL(file, ROOT), 'utf8').replaceAll("\\'", "'")).toContain(name)
  })
})
