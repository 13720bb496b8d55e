/** The server as an operator meets it once there is a secret: keys by the command line, and the door over real sockets. */
import { describe, expect, it } from 'vitest'
import { sluice } from '../../support/program.ts'
import { createServerProcess } from '../../support/server-process.ts'
import { SECRET } from './bench.ts'

describe('a server with a secret', () => {
  it('has its keys made, listed and revoked by the command line, and the secret never leaves it', async () => {
    await using server = await createServerProcess({ SLUICE_SECRET: SECRET })
    await server.start()
    const keys = (...args: string[]) => sluice(['keys', ...args, '--url', server.url], { SLUICE_SECRET: SECRET })
    const made = await keys('create', '--name', 'laptop', '--user', 'alice', '--expires', '7')
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('acts as user alice of tenant local')])
    const key = made.stdout.trim()
    expect(key).toMatch(/^sl_[0-9a-f]{16}_[\w-]{43}$/)
    expect((await fetch(`${server.url}/v1/runs`)).status).toBe(401)
    expect((await fetch(`${server.url}/v1/runs`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
    const asked = await sluice(['run', 'Hello', '--model', 'simulated/short', '--url', server.url], { SLUICE_API_KEY: key })
    expect([asked.code, asked.stdout.length > 0]).toEqual([0, true])

    // What is kept outlives the process; tokens do too, as the secret is the same.
    expect(await server.stop()).toBe(0)
    await server.start()
    expect((await keys('list')).stdout).toMatch(/laptop +local\/alice +read,write +until/)
    expect((await keys('revoke', key.split('_')[1] ?? '')).code).toBe(0)
    expect((await fetch(`${server.url}/v1/runs`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(401)
    const wrong = await sluice(['keys', 'list', '--url', server.url], { SLUICE_SECRET: `${SECRET}x` })
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('SLUICE_SECRET differs')])
    expect(server.output).not.toContain(SECRET)
    expect(server.output).not.toContain(key.split('_')[2] ?? 'no key')
  })

  it('serves what comes through a proxy, to who shows a credential', async () => {
    await using server = await createServerProcess({ SLUICE_SECRET: SECRET })
    await server.start()
    expect((await fetch(`${server.url}/v1/runs`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401)
  })
})

it('a server without a secret says that everybody on this machine may use it', async () => {
  await using server = await createServerProcess()
  await server.start()
  expect(server.output).toMatch(/Access: everybody on this machine/)
  expect((await fetch(`${server.url}/v1/runs`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(403)
})
