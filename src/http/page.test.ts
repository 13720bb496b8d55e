import { promises as fs } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OpenAPIHono } from '@hono/zod-openapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppEnv } from './context.ts'
import { isPagePath, type PageAssets, servePage } from './page.ts'
import { readPageFiles } from './page-files.ts'
import { Refusal } from './problem.ts'

function ask(page: PageAssets | undefined, path: string, init?: RequestInit): Promise<Response> {
  const app = new OpenAPIHono<AppEnv>()
  app.get('*', (c) => servePage(c, page))
  app.onError((error) => new Response(null, { status: error instanceof Refusal ? error.status : 500 }))
  return Promise.resolve(app.fetch(new Request(`http://localhost${path}`, init)))
}

describe('the page', () => {
  let folder: string
  let page: PageAssets | undefined

  beforeEach(async () => {
    folder = await fs.mkdtemp(join(tmpdir(), 'sluice-page-'))
    await fs.mkdir(join(folder, 'assets'))
    await fs.writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>')
    await fs.writeFile(join(folder, 'favicon.svg'), '<svg/>')
    await fs.writeFile(join(folder, 'assets', 'index-1a2b.js'), 'export {}')
    await fs.symlink('/etc/hostname', join(folder, 'link'))
    page = await readPageFiles(folder)
  })
  afterEach(() => fs.rm(folder, { recursive: true }))

  it.each(['/', '/c/c1', '/c/a_b-C9', '/?q=1'])('is served at %s and always asked for again', async (path) => {
    const response = await ask(page, path)
    expect(await response.text()).toContain('<title>page</title>')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  })

  it('lets scripts, styles and connections be its own only, and itself be framed by nobody', async () => {
    const policy = (await ask(page, '/')).headers.get('content-security-policy') ?? ''
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "connect-src 'self'",
      "img-src 'self' data:",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(policy.split('; ')).toContain(rule)
    }
  })

  it('keeps files that carry a hash for ever, and others only while they are the same', async () => {
    const script = await ask(page, '/assets/index-1a2b.js')
    expect([script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
    const icon = await ask(page, '/favicon.svg')
    expect([icon.headers.get('content-type'), icon.headers.get('cache-control')]).toEqual(['image/svg+xml', 'no-cache'])
    const etag = icon.headers.get('etag') ?? ''
    const again = await ask(page, '/favicon.svg', { headers: { 'if-none-match': `"other", W/${etag}` } })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    expect((await ask(page, '/favicon.svg', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  it('answers HEAD with the length and no body', async () => {
    const response = await ask(page, '/favicon.svg', { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '6', ''])
  })

  it.each([
    '/nope',
    '/assets/',
    '/assets/nope.js',
    '/c/',
    '/c/a/b',
    '/c/..%2f..%2fetc%2fpasswd',
    '/../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%5c..%5cpackage.json',
    '//etc/passwd',
    '/link',
    '/constructor',
    '/__proto__',
    '/favicon.svg%00.js',
  ])('has nothing at %s', async (path) => {
    expect((await ask(page, path)).status).toBe(404)
  })

  it('says how to build it when it is not built', async () => {
    const missing = await readPageFiles(join(folder, 'nothing'))
    expect(missing).toBeUndefined()
    const response = await ask(missing, '/')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await response.text()).toContain('npm')
    expect((await ask(missing, '/favicon.svg')).status).toBe(404)
  })

  it('knows which addresses show it', () => {
    expect(['/', '/c/x', '/v1/chat/stream', '/c/', '/healthz'].map(isPagePath)).toEqual([true, true, false, false, false])
  })
})
