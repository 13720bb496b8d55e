/** A normaliser as the source makes one, for tests without a network. */
import type { Normaliser } from '../shared/reading.ts'
import { dialectOf } from './dialects.ts'
import { createNormaliser } from './normalise.ts'
import { providerOf } from './provider.ts'

export function testNormaliser(): Normaliser {
  const variables = { apiKey: 'TEST_API_KEY', baseUrl: 'TEST_BASE_URL' }
  const provider = providerOf(dialectOf('http://127.0.0.1/v1'), 'The test endpoint', variables, true)
  return createNormaliser({ source: 'openai-chat', provider, redact: (text) => text })
}
