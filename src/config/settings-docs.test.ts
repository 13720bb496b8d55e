import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMPATIBLE_SETTINGS } from './compatible.ts'
import { generatedFiles } from './env-example.ts'
import { SETTING_NAMES } from './schema.ts'
import { readSettings } from './settings.ts'
import { envExample, settingsTable } from './settings-docs.ts'

const ROOT = new URL('../../', import.meta.url)

describe('the documentation of the settings', () => {
  it.each(generatedFiles(ROOT))('$path is current', ({ actual, wanted }) => {
    expect(actual, 'run: node src/config/env-example.ts --write').toBe(wanted)
  })

  it('names every setting in the table and in .env.example', () => {
    for (const name of [...SETTING_NAMES, ...COMPATIBLE_SETTINGS.map(({ pattern }) => pattern)]) {
      expect(settingsTable()).toContain(`| \`${name}\` |`)
      expect(envExample()).toContain(`\n#${name}=`)
    }
  })

  it('.env.example sets nothing as it is, and the defaults when every line is put into force', () => {
    expect(parseEnv(envExample())).toEqual({})
    expect(readSettings(parseEnv(envExample().replaceAll(/^#(?=[A-Z])/gm, '')))).toEqual(readSettings({}))
  })

  it('has an example of further endpoints that works when its marks are removed', () => {
    const example = envExample().match(/^# {3}COMPATIBLE_.*$/gm) ?? []
    const settings = readSettings(parseEnv(example.map((line) => line.slice(1)).join('\n')))
    expect(settings.compatible.map(({ name }) => name)).toEqual(['ollama', 'openrouter'])
    expect(settings.compatible[1]?.models.length).toBeGreaterThan(0)
  })

  it('is written between the marks of a README, and only there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-docs-'))
    try {
      writeFileSync(join(folder, 'README.md'), 'before\n<!-- settings -->\nold\n<!-- /settings -->\nafter $1\n')
      const readme = generatedFiles(pathToFileURL(`${folder}/`)).find(({ path }) => path === 'README.md')
      expect(readme?.wanted).toBe(`before\n<!-- settings -->\n\n${settingsTable()}\n<!-- /settings -->\nafter $1\n`)
      writeFileSync(join(folder, 'README.md'), 'no marks\n')
      expect(generatedFiles(pathToFileURL(`${folder}/`)).map(({ path }) => path)).toEqual(['.env.example'])
      expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('no marks\n')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
