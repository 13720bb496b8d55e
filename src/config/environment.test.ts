import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadEnvironment } from './environment.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-env-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the environment', () => {
  it('is what it was where there is no .env', () => {
    expect(loadEnvironment(folder, { PORT: '1' })).toEqual({ PORT: '1' })
  })

  it('is completed by .env, and wins over it, also with nothing', () => {
    writeFileSync(join(folder, '.env'), '\uFEFFPORT=1\r\nHOST="127.0.0.1" # here\nSLUICE_STORE=memory\n')
    expect(loadEnvironment(folder, { PORT: '2', SLUICE_STORE: '' })).toEqual({ PORT: '2', HOST: '127.0.0.1', SLUICE_STORE: '' })
  })

  it('says so when there is a .env that cannot be read', () => {
    mkdirSync(join(folder, '.env'))
    expect(() => loadEnvironment(folder, {})).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining('.env') }),
    )
  })
})
