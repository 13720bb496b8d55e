import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readQuestion } from './run.ts'
import { explain, type HostProcess, type Session, withSession } from './session.ts'

function fakeProcess(env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const exits: unknown[] = []
  const host = Object.assign(new EventEmitter(), { env, stdout, stderr, exit: (code: unknown) => exits.push(code) })
  // A stand-in with the members that are used.
  return { host: host as unknown as HostProcess & EventEmitter, said: () => String(stderr.read() ?? ''), exits }
}

/** A port of loopback on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a client command', () => {
  it('says how to start the server when there is none', async () => {
    const { host, said } = fakeProcess({ SLUICE_URL: `http://127.0.0.1:${await freePort()}` })
    expect(await withSession(host, undefined, async ({ client }) => (await client.models()).items.length)).toBe(1)
    expect(said()).toBe(
      `No Sluice server answers at ${host.env['SLUICE_URL']}. Start one with \`sluice serve\`, or name another with --url or SLUICE_URL.\n`,
    )
  })

  it('prefers --url to SLUICE_URL and refuses what is no address', async () => {
    const { host, said } = fakeProcess({ SLUICE_URL: 'http://127.0.0.1:1' })
    expect(await withSession(host, 'localhost:8080', async () => 0)).toBe(2)
    expect(said()).toContain('"localhost:8080", which is not an http or https URL')
  })

  it('hears the first Ctrl-C and exits at the second', async () => {
    const { host, exits } = fakeProcess()
    const begun = Promise.withResolvers<Session>()
    const done = Promise.withResolvers<number>()
    const code = withSession(host, undefined, (session) => {
      begun.resolve(session)
      return done.promise
    })
    const { interrupt } = await begun.promise
    host.emit('SIGINT')
    expect(interrupt.aborted).toBe(true)
    expect(exits).toEqual([])
    host.emit('SIGINT')
    expect(exits).toEqual([130])
    done.resolve(130)
    expect(await code).toBe(130)
    expect(host.listenerCount('SIGINT')).toBe(0)
  })

  it('leaves no listener on the outputs', async () => {
    const { host } = fakeProcess()
    const before = host.stdout.listenerCount('error')
    await withSession(host, undefined, async () => 0)
    expect(host.stdout.listenerCount('error')).toBe(before)
  })

  it('tells an error it has no advice for as it is', () => {
    expect(explain(new Error('boom'), 'http://x')).toBe('sluice: An unexpected error: boom')
  })
})

describe('a question on standard input', () => {
  async function* chunks(...parts: Uint8Array[]) {
    yield* parts
  }

  it('may be cut anywhere', async () => {
    const bytes = new TextEncoder().encode('What is 水?\n')
    expect(await readQuestion(chunks(bytes.slice(0, 9), bytes.slice(9)))).toBe('What is 水?\n')
  })

  it('must not be empty', async () => {
    await expect(readQuestion(chunks(new TextEncoder().encode(' \n')))).rejects.toThrow('Standard input is empty')
  })
})
