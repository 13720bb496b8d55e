/** Recordings of real providers as more inputs to begin with, where there are any. They never get into the corpus of the repository. */
import { join } from 'node:path'
import { loadRecordings, type RecordedApi } from '../src/simulators/provider/recordings.ts'
import type { Target } from './target.ts'

const APIS: Readonly<Record<string, RecordedApi>> = { openai: 'openai-responses', 'openai-chat': 'openai-chat', anthropic: 'anthropic' }

/** Recordings that fit a target: those of its API, or all for the reader of frames. */
export async function fixturesFor({ name, maxBytes }: Target): Promise<readonly Uint8Array[]> {
  const api = APIS[name]
  if (api === undefined && name !== 'sse') return []
  const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../shared/fixtures'), 'provider-streams')
  const recordings = await loadRecordings(folder)
  // Mutations cut longer ones anyway.
  return recordings.filter((recording) => api === undefined || recording.api === api).map(({ bytes }) => bytes.slice(0, maxBytes))
}
