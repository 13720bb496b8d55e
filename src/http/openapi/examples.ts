/** Bodies for the document's examples, by method and path; a test keeps them true to their schemas. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  'post /v1/runs': { input: 'Hello' },
  'post /v1/chat': { input: 'Hello' },
  'post /v1/keys': { name: 'laptop', user: 'alice', expiresInDays: 90 },
  'post /v1/session': { key: 'sl_…' },
  'post /v1/tokens': { stream: 'notes', scopes: ['read'] },
  'post /v1/runs/{id}/tokens': { scopes: ['read'], ttlSeconds: 900 },
  'post /v1/runs/{id}/links': { ttlSeconds: 86400 },
  'post /v1/responses': { model: 'simulated/short', input: 'Hello' },
  'post /v1/chat/completions': { model: 'simulated/short', messages: [{ role: 'user', content: 'Hello' }] },
  'post /api/chat': { id: 'demo', messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }] },
  'put /v1/stream/__ds/subscriptions/{id}': { type: 'pull-wake', pattern: 'notes/**', wake_stream: 'wakes' },
  'post /v1/stream/__ds/subscriptions/{id}/streams': { streams: ['notes'] },
  'post /v1/stream/__ds/subscriptions/{id}/claim': { worker: 'one' },
  'post /v1/stream/__ds/subscriptions/{id}/ack': { wake_id: '…', generation: 1, acks: [{ stream: 'notes', offset: '…' }], done: true },
  'post /v1/stream/__ds/subscriptions/{id}/callback': { wake_id: '…', generation: 1, done: true },
  'post /v1/stream/__ds/subscriptions/{id}/release': { wake_id: '…', generation: 1 },
}
