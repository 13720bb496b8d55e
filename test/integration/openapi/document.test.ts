/** SPEC AP5: the document says what the server does. Real responses are held against it, and every route against its operations. */
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter } from '../../../src/http/app.ts'
import type { Answer, ApiDocument } from '../../../src/http/openapi/document.ts'
import { post } from '../http/harness.ts'
import { bearer, type TrustBench, trustBench } from '../trust/bench.ts'
import { pathOf } from './operations.ts'
import { faults, type Schema } from './schema.ts'

const benches: TrustBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})

async function world() {
  const bench = trustBench({ deps: { version: '1.2.3', metrics: async () => ({ contentType: 'text/plain', body: 'one 1\n' }) } })
  benches.push(bench)
  bench.model.release()
  const document = (await (await bench.ask('/openapi.json')).json()) as ApiDocument
  const { key } = await bench.key({ name: 'alice', scopes: ['*'] })
  const seen = new Set<string>()
  /** Asks, and holds the response against the document. */
  const ask = async (method: string, path: string, init: RequestInit = {}, credential = key): Promise<Answered> => {
    const headers = { ...(credential === '' ? {} : bearer(credential)), ...(init.headers as Record<string, string>) }
    const response = await bench.ask(path, { ...init, method, headers })
    const operation = operationOf(document, method, path)
    const text = await response.text()
    seen.add(`${operation.method} ${operation.path} ${response.status}`)
    expect([method, path, faultsOf(document, operation, response, text), text]).toEqual([method, path, [], text])
    return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : {} }
  }
  return { bench, document, key, ask, seen }
}

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Readonly<Record<string, string>>
}

function operationOf(document: ApiDocument, method: string, address: string) {
  const path = pathOf(document, address.split('?')[0] ?? '')
  const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()]
  if (path === undefined || operation === undefined) throw new Error(`The document has no ${method} ${address}`)
  return { ...operation, method: method.toLowerCase(), path }
}

function faultsOf(document: ApiDocument, operation: { responses: Record<string, Answer> }, response: Response, text: string): string[] {
  const named = operation.responses[String(response.status)]
  if (named === undefined) return [`the status ${response.status} is not described`]
  const answer = named.$ref === undefined ? named : document.components.responses[named.$ref.split('/').at(-1) ?? '']
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
  const content = answer?.content
  if (text === '') return content === undefined || response.status === 200 ? [] : [`the status ${response.status} came without its body`]
  const media = content?.[type] ?? content?.['*/*']
  if (media === undefined) return [`a body of the type ${type} is not described for ${response.status}`]
  if (!type.includes('json') || content?.[type] === undefined) return []
  return faults(media.schema ?? {}, JSON.parse(text), document.components.schemas as Record<string, Schema>)
}

describe('the document', () => {
  it('has every route of the router, and no other', async () => {
    const { bench, document } = await world()
    const routes = createRouter(bench.deps).routes.filter(({ path, method }) => !['*', '/*'].includes(path) && method !== 'ALL')
    // Refused on purpose: it is there to say so.
    const refused = 'delete /v1/responses/{id}'
    const served = new Set(routes.map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`))
    const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    const byRoute = described.filter((one) => !one.includes(' /v1/stream/'))
    expect(byRoute.sort()).toEqual([...served].filter((one) => one !== refused).sort())
    expect(described.length - byRoute.length).toBe(15)
  })

  it('is whole: every operation has a summary, one group, an id of its own, and every reference leads somewhere', async () => {
    const { document } = await world()
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    expect(operations.filter(({ summary, tags }) => !summary || tags?.length !== 1)).toEqual([])
    const text = JSON.stringify(document)
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(schemas|responses)\/([^"]+)"/g)) {
      expect([kind, name, kind === 'schemas' ? name in document.components.schemas : name in document.components.responses]).toEqual([
        kind,
        name,
        true,
      ])
    }
    expect(document.info).toMatchObject({ title: 'Sluice', version: '1.2.3' })
    expect(document.openapi).toBe('3.1.0')
  })

  it('has examples that are what their operations take', async () => {
    const { document } = await world()
    let examples = 0
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        const media = requestBody?.content['application/json']
        if (media === undefined) continue
        examples++
        const found = faults(media.schema ?? {}, media.example, document.components.schemas as Record<string, Schema>)
        expect([method, path, found]).toEqual([method, path, []])
      }
    }
    expect(examples).toBe(16)
  })

  it('is for everybody, also where callers must show a credential, and says that they must', async () => {
    const { bench, document } = await world()
    for (const path of ['/openapi.json', '/docs']) expect((await bench.ask(path)).status).toBe(200)
    expect(document.security).toEqual([{ bearer: [] }, { session: [] }])
    expect(document.paths['/healthz']?.['get']?.security).toEqual([])
  })
})

describe('what the server answers is in the document', () => {
  it('for runs, their events, chat and conversations', async () => {
    const { ask, seen } = await world()
    const { json } = await ask('POST', '/v1/runs', post({ input: 'Q', conversationId: 'c1' }, { 'idempotency-key': 'k' }))
    await ask('POST', '/v1/runs', post({ input: 'Q', conversationId: 'c1' }, { 'idempotency-key': 'k' }))
    await ask('POST', '/v1/runs', post({ input: 'Other' }, { 'idempotency-key': 'k' }))
    await ask('POST', '/v1/runs', post({}))
    await ask('POST', '/v1/runs', post({ input: 'Q', model: 'test/none' }))
    await ask('POST', '/v1/runs', { headers: { 'content-type': 'text/plain' }, body: 'Q' })
    const run = `/v1/runs/${json['id']}`
    await ask('GET', `${run}/events`)
    await ask('GET', `${run}/events?after=x`)
    await ask('GET', `${run}/events`, { headers: { 'last-event-id': '0000000000000001_0000000000999999' } })
    await ask('GET', run)
    await ask('POST', `${run}/cancel`)
    await ask('GET', '/v1/runs?limit=1')
    await ask('GET', '/v1/runs?nothing=1')
    await ask('POST', '/v1/chat', post({ input: 'Q' }))
    await ask('POST', '/v1/chat', post({ input: 'fail' }))
    await ask('GET', '/v1/chat/stream?message=Q')
    await ask('GET', '/v1/chat/stream')
    await ask('GET', '/v1/conversations')
    await ask('GET', '/v1/conversations/c1')
    await ask('GET', '/v1/conversations/none')
    await ask('GET', '/v1/runs', {}, '')
    await ask('GET', '/v1/runs', { headers: { host: 'elsewhere.example' } })
    expect([...seen].sort()).toEqual(
      [
        'get /v1/chat/stream 200',
        'get /v1/chat/stream 400',
        'get /v1/conversations 200',
        'get /v1/conversations/{id} 200',
        'get /v1/conversations/{id} 404',
        'get /v1/runs 200',
        'get /v1/runs 400',
        'get /v1/runs 401',
        'get /v1/runs 421',
        'get /v1/runs/{id} 200',
        'get /v1/runs/{id}/events 200',
        'get /v1/runs/{id}/events 400',
        'get /v1/runs/{id}/events 410',
        'post /v1/chat 200',
        'post /v1/runs 200',
        'post /v1/runs 201',
        'post /v1/runs 400',
        'post /v1/runs 409',
        'post /v1/runs 415',
        'post /v1/runs/{id}/cancel 200',
      ].sort(),
    )
  })

  it('for models, health, keys, sessions, tokens and links', async () => {
    const { ask } = await world()
    for (const path of [
      '/v1/models',
      '/v1/models/test%2Fecho',
      '/v1/models/none',
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/docs',
    ]) {
      await ask('GET', path)
    }
    const made = await ask('POST', '/v1/keys', post({ name: 'bob' }))
    expect(made.status).toBe(201)
    await ask('POST', '/v1/keys', post({ name: '' }))
    await ask('GET', '/v1/keys')
    await ask('GET', '/v1/keys', {}, made.json['key'])
    await ask('POST', '/v1/session', post({ key: made.json['key'] }))
    await ask('POST', '/v1/session', post({ key: 'wrong' }))
    await ask('GET', '/v1/session')
    await ask('GET', '/v1/session', {}, '')
    await ask('DELETE', '/v1/session')
    await ask('DELETE', `/v1/keys/${made.json['id']}`)
    await ask('DELETE', '/v1/keys/none')
    const { json } = await ask('POST', '/v1/runs', post({ input: 'Q' }))
    const token = await ask('POST', `/v1/runs/${json['id']}/tokens`, post({ scopes: ['read'] }))
    await ask('GET', `/v1/runs/${json['id']}/tokens`)
    expect((await ask('POST', '/v1/tokens/renew', {}, token.json['token'])).status).toBe(200)
    await ask('POST', '/v1/tokens/renew')
    expect((await ask('DELETE', `/v1/tokens/${token.json['id']}`)).status).toBe(204)
    expect((await ask('POST', '/v1/tokens', post({ stream: 'notes' }))).status).toBe(201)
    await ask('POST', '/v1/tokens', post({ stream: 'runs/x' }))
    const link = await ask('POST', `/v1/runs/${json['id']}/links`, post({}))
    expect((await ask('DELETE', `/v1/links/${link.json['id']}`)).status).toBe(204)
  })

  it('for clients of OpenAI and of the AI SDK', async () => {
    const { ask } = await world()
    const made = await ask('POST', '/v1/responses', post({ model: 'test/echo', input: 'Q' }))
    expect(made.status).toBe(200)
    const response = `/v1/responses/${made.json['id']}`
    await ask('POST', '/v1/responses', post({ model: 'test/echo', input: 'Q', stream: true }))
    await ask('POST', '/v1/responses', post({ model: 'test/echo', input: 'fail' }))
    await ask('POST', '/v1/responses', post({ model: 'test/none', input: 'Q' }))
    await ask('POST', '/v1/responses', post({ model: 'test/echo', input: 'Q' }), '')
    await ask('GET', response)
    await ask('GET', `${response}?stream=true&starting_after=1`)
    await ask('GET', '/v1/responses/resp_none')
    await ask('POST', `${response}/cancel`)
    await ask('GET', `${response}/input_items`)
    const messages = [{ role: 'user', content: 'Q' }]
    await ask('POST', '/v1/chat/completions', post({ model: 'test/echo', messages }))
    await ask('POST', '/v1/chat/completions', post({ model: 'test/echo', messages, stream: true }))
    await ask('POST', '/v1/chat/completions', post({ model: 'test/echo', messages, n: 2 }))
    await ask('POST', '/v1/chat/completions', post({ model: 'test/echo', messages: [{ role: 'user', content: 'fail' }] }))
    const chat = { id: 'demo', messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Q' }] }] }
    await ask('POST', '/api/chat', post(chat))
    await ask('POST', '/api/chat', post({ id: 'demo' }))
    await ask('GET', '/api/chat/demo/stream')
    await ask('POST', '/api/chat/demo/stop')
    await ask('POST', '/api/chat/none/stop')
  })

  it('for streams and subscriptions', async () => {
    const { ask } = await world()
    const json = { 'content-type': 'application/json' }
    expect((await ask('PUT', '/v1/stream/wakes', { headers: json })).status).toBe(201)
    const subscription = '/v1/stream/__ds/subscriptions/s1'
    const config = JSON.stringify({ type: 'pull-wake', pattern: 'notes/**', wake_stream: 'wakes' })
    expect((await ask('PUT', subscription, { headers: json, body: config })).status).toBe(201)
    await ask('PUT', subscription, { headers: json, body: config })
    await ask('PUT', subscription, { headers: json, body: '{}' })
    await ask('PUT', subscription, { headers: json, body: config.replace('**', '*') })
    await ask('GET', subscription)
    await ask('GET', `${subscription}x`)
    await ask('POST', `${subscription}/claim`, post({ worker: 'one' }))
    await ask('PUT', '/v1/stream/notes/a', { headers: json, body: '[{"n":1}]' })
    await ask('PUT', '/v1/stream/notes/a', { headers: json })
    await ask('PUT', '/v1/stream/notes/a', { headers: { 'content-type': 'text/plain' } })
    await ask('POST', '/v1/stream/notes/a', {
      headers: { ...json, 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '0' },
      body: '2',
    })
    const { headers } = await ask('POST', '/v1/stream/notes/a', { headers: json, body: '3' })
    await ask('POST', '/v1/stream/notes/a', { headers: json, body: '{' })
    await ask('GET', '/v1/stream/notes/a')
    await ask('GET', '/v1/stream/notes/a?offset=x')
    await ask('HEAD', '/v1/stream/notes/a')
    await ask('GET', '/v1/stream/none')
    await ask('PUT', '/v1/stream/runs/x', { headers: json })
    await ask('POST', `${subscription}/streams`, post({ streams: ['other'] }))
    await ask('DELETE', `${subscription}/streams/other`)
    const claimed = await ask('POST', `${subscription}/claim`, post({ worker: 'one' }))
    expect(claimed.status).toBe(200)
    const { wake_id, generation, token } = claimed.json
    const acks = [{ stream: 'notes/a', offset: headers.get('stream-next-offset') }]
    await ask('POST', `${subscription}/ack`, post({ wake_id, generation, acks }), token)
    await ask('POST', `${subscription}/ack`, post({ wake_id, generation }), '')
    await ask('POST', `${subscription}/callback`, post({ wake_id, generation }), token)
    expect((await ask('POST', `${subscription}/release`, post({ wake_id, generation }), token)).status).toBe(204)
    await ask('POST', `${subscription}/ack`, post({ wake_id, generation, done: true }), token)
    expect((await ask('GET', '/v1/stream/__ds/jwks.json')).status).toBe(200)
    await ask('DELETE', subscription)
    await ask('POST', '/v1/stream/notes/a', { headers: { 'stream-closed': 'true' } })
    await ask('GET', '/v1/stream/notes/a?offset=-1&live=sse')
    await ask('GET', '/v1/stream/notes/a?offset=now&live=long-poll')
    await ask('POST', '/v1/stream/notes/a', { headers: json, body: '4' })
    expect((await ask('DELETE', '/v1/stream/notes/a')).status).toBe(204)
  })
})

describe('the page for people', () => {
  it('shows every operation with a line to try, and every schema, without scripts and without anything from elsewhere', async () => {
    const { bench, document } = await world()
    const response = await bench.ask('/docs')
    const html = await response.text()
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}=';/)
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { operationId }] of Object.entries(methods)) {
        expect(html).toContain(`id="${operationId?.toLowerCase()}"`)
        expect([method, path, html.includes(`http://localhost${path.replaceAll(/\{(.+?)\}/g, '&lt;$1&gt;')}`)]).toEqual([
          method,
          path,
          true,
        ])
      }
    }
    for (const name of Object.keys(document.components.schemas)) expect(html).toContain(`id="schema-${name.toLowerCase()}"`)
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|href="http|src=/)
  })

  it('may be linked to from other sites', async () => {
    const { bench } = await world()
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await bench.ask('/docs', { headers })).status).toBe(200)
    expect((await bench.ask('/openapi.json', { headers })).status).toBe(403)
  })
})
