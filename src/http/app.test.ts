import { expect, it } from 'vitest'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import type { Observation } from '../ports/observer.ts'
import { createApp, createRouter } from './app.ts'
import type { AppDeps } from './context.ts'

/** What is left out must not be needed: a test that needs it fails loudly. */
function deps(observed: Observation[] = []): AppDeps {
  const partial: Partial<AppDeps> = {
    clock: createFakeClock(),
    observer: (observation) => void observed.push(observation),
    trust: { hosts: [], forwarded: false },
    ready: () => true,
  }
  return partial as AppDeps
}

it('defines every route so that an OpenAPI document can be made of them', () => {
  const document = createRouter({ ...deps(), runs: {} as AppDeps['runs'] }).getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Sluice', version: '0' },
  })
  const routes = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect(routes.sort()).toEqual([
    'get /api/chat/{id}/stream',
    'get /docs',
    'get /healthz',
    'get /metrics',
    'get /openapi.json',
    'get /readyz',
    'get /v1/chat/stream',
    'get /v1/conversations',
    'get /v1/conversations/{id}',
    'get /v1/models',
    'get /v1/models/{id}',
    'get /v1/responses/{id}',
    'get /v1/responses/{id}/input_items',
    'get /v1/runs',
    'get /v1/runs/{id}',
    'get /v1/runs/{id}/events',
    'post /api/chat',
    'post /api/chat/{id}/stop',
    'post /v1/chat',
    'post /v1/chat/completions',
    'post /v1/responses',
    'post /v1/responses/{id}/cancel',
    'post /v1/runs',
    'post /v1/runs/{id}/cancel',
  ])
  expect(document.components?.schemas?.['CreateRun']).toMatchObject({ required: ['input'], additionalProperties: false })
})

it('answers and reports an error that the server met outside of a request, without its words', async () => {
  const observed: Observation[] = []
  const response = createApp(deps(observed)).refuse(new Error('secret'))
  const text = await response.text()
  expect([response.status, response.headers.get('x-content-type-options')]).toEqual([500, 'nosniff'])
  expect(JSON.parse(text)).toMatchObject({ code: 'server', requestId: response.headers.get('x-request-id') })
  expect(text).not.toContain('secret')
  expect(observed).toMatchObject([{ type: 'trouble', error: { message: expect.stringContaining('secret') } }])
})
