import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { credentialsConformance } from '../../conformance/credentials/index.ts'
import type { Credentials } from '../../ports/credentials.ts'
import { createSqliteCredentials } from './credentials.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-credentials-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const homes = new Map<Credentials, string>()
const openIn = (folder: string): Credentials => {
  const credentials = createSqliteCredentials({ folder })
  homes.set(credentials, folder)
  return credentials
}

credentialsConformance({
  name: 'sqlite',
  create: async () => openIn(mkdtempSync(join(root, 'c-'))),
  async reopen(credentials) {
    const folder = homes.get(credentials)
    if (folder === undefined) throw new Error('these credentials were not opened here')
    await credentials.close()
    return openIn(folder)
  },
})

describe('credentials in SQLite', () => {
  it('name a row that is damaged without showing what it holds', async () => {
    const folder = mkdtempSync(join(root, 'c-'))
    const credentials = openIn(folder)
    const principal = { tenant: 't', user: 'u', scopes: ['*'] }
    await credentials.addKey({ id: 'a', name: 'n', principal, digest: 'digest-of-a', createdAt: 1 }, { max: 1, forgetBefore: 0 })
    const outside = new DatabaseSync(join(folder, 'credentials.db'))
    outside.exec(`UPDATE keys SET scopes = 'not json'`)
    outside.close()
    const error: unknown = await credentials.getKey('a').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'storage-corrupt', message: expect.stringContaining('scopes') })
    expect(String(error)).not.toContain('digest-of-a')
    await credentials.close()
    expect(readFileSync(join(folder, 'credentials.db')).length).toBeGreaterThan(0)
  })
})
