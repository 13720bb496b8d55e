/** PROTOCOL.md runs: its curl lines, in order, against a real server, and every operation of the API is among them. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiDocument } from '../../src/http/openapi/document.ts'
import { type CurlLine, curlLines, parseCurl } from '../support/curl.ts'
import { createServerProcess, type ServerProcess } from '../support/server-process.ts'
import { createReceiver, type Receiver } from './durable-streams/receiver.ts'
import { pathOf } from './openapi/operations.ts'

const PROTOCOL = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
const LINES = curlLines(PROTOCOL)
/** Frames of a stream after which the reader leaves: one with an id is among them, and no stream has fewer before it waits. */
const FRAMES = 2
/** How long one line may take. */
const PATIENCE_MS = 20_000

/** What `<name>` stands for, by the rule that the document gives. */
class Values {
  readonly #known = new Map<string, string>()

  fill(text: string): string {
    return text.replaceAll(/<([a-z_ ]+)>/g, (_, name: string) => {
      const value = this.#known.get(name)
      if (value === undefined) throw new Error(`Nothing before this line gave <${name}>`)
      return value
    })
  }

  learn(headers: Headers, text: string): void {
    const offset = headers.get('stream-next-offset')
    if (offset !== null) this.#known.set('offset', offset)
    for (const [, id = ''] of text.matchAll(/^id: ?(.+)$/gm)) this.#known.set('event', id)
    for (const [, id = ''] of text.matchAll(/"id": ?"(\w+)"/g)) this.#learnId(id)
    if (text !== '' && headers.get('content-type')?.startsWith('application/json')) this.learnFields(JSON.parse(text))
  }

  learnFields(value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const [name, field] of Object.entries(value)) {
      if (typeof field === 'string' || typeof field === 'number') this.#known.set(name, String(field))
    }
    const middle = /^sl_([0-9a-f]+)_/.exec(this.#known.get('key') ?? '')?.[1]
    if (middle !== undefined) this.#known.set('key id', middle)
  }

  #learnId(id: string): void {
    const kinds: Readonly<Record<string, string>> = { run: 'run', resp: 'response', tok: 'token id', lnk: 'link id' }
    const name = kinds[id.split('_')[0] ?? '']
    if (name !== undefined && id.includes('_')) this.#known.set(name, id)
  }
}

let server: ServerProcess
let receiver: Receiver
beforeAll(async () => {
  server = await createServerProcess({ SLUICE_LONG_POLL_TIMEOUT_MS: '200' })
  await server.start()
  receiver = await createReceiver()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

/** Asks as the line says, and reads to the end, or of a stream some frames. */
async function run({ method, address, headers, body }: CurlLine): Promise<{ readonly response: Response; readonly text: string }> {
  const going = new AbortController()
  const signal = AbortSignal.any([going.signal, AbortSignal.timeout(PATIENCE_MS)])
  const url = address.replace('http://localhost:8080', server.url)
  const sent = body?.replace('http://localhost:9000/hook', receiver.url)
  const response = await fetch(url, { method, headers, signal, ...(sent === undefined ? {} : { body: sent }) })
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (streams && text.split('\n\n').length > FRAMES) break
  }
  going.abort()
  // The last frame may have been cut.
  return { response, text: streams ? text.slice(0, text.lastIndexOf('\n\n') + 2) : text }
}

describe('PROTOCOL.md', () => {
  it('has lines that all do what it says, and one for every operation', async () => {
    const values = new Values()
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as ApiDocument
    const hit = new Set<string>()
    const wrong: unknown[] = []
    for (const line of LINES) {
      // The webhook is called when the server comes to it.
      if (line.includes('<callback_token>')) values.learnFields(await receiver.next())
      const parsed = parseCurl(line, (word) => values.fill(word))
      const { response, text } = await run(parsed).catch((cause: unknown) => Promise.reject(new Error(line, { cause })))
      const right = parsed.status === undefined ? response.ok : response.status === parsed.status
      if (!right) wrong.push([line, response.status, text])
      hit.add(`${parsed.method} ${pathOf(document, new URL(parsed.address).pathname)}`)
      if (response.ok) values.learn(response.headers, text)
    }
    expect(wrong).toEqual([])
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(operations.length).toBeGreaterThan(40)
    expect(operations.filter((one) => !hit.has(one))).toEqual([])
  })

  it('names clients at the versions that are installed, and tests that are there', () => {
    const { devDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      devDependencies: Record<string, string>
    }
    const rows = PROTOCOL.slice(PROTOCOL.indexOf('## 7. ')).matchAll(/^\| `([\w@/-]+)`[^|]*\| ([\d.]+) \|[^|]*\| (.+) \|$/gm)
    const clients: string[] = []
    for (const [, name = '', version, tests = ''] of rows) {
      clients.push(name)
      expect([name, devDependencies[name]]).toEqual([name, version])
      for (const [, path = ''] of tests.matchAll(/`(test\/[^`]+)`/g)) {
        expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toMatch(/\b(?:it|runConformanceTests|visits?)\(/)
      }
    }
    expect(clients.length).toBe(6)
  })
})

describe('a line of curl', () => {
  const parse = (line: string) => parseCurl(line, (word) => word)

  it('is read as a shell and curl read it', () => {
    expect(parse(`curl -N -X PUT 'localhost/a?b=1&c=2' -H 'x-a: b: c' --data-binary '{"a": "b # c"}'    # 409: because`)).toEqual({
      line: expect.any(String),
      method: 'PUT',
      address: 'http://localhost/a?b=1&c=2',
      headers: { 'x-a': 'b: c', 'content-type': 'application/x-www-form-urlencoded' },
      body: '{"a": "b # c"}',
      status: 409,
    })
    expect(parse('curl localhost/<key id>')).toMatchObject({ method: 'GET', address: 'http://localhost/<key id>' })
    expect(parse('curl -I localhost')).toMatchObject({ method: 'HEAD' })
    expect(parse('curl localhost -d x')).toMatchObject({ method: 'POST' })
  })

  it('that says what we do not understand is not guessed at', () => {
    for (const line of ['curl -k localhost', "curl 'localhost", 'curl', 'curl a b', 'curl a -H x', 'wget a'])
      expect(() => parse(line)).toThrow()
  })
})
