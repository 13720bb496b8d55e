/** Recordings of provider streams: the bytes of a response's body under a name. */
import { promises as fs } from 'node:fs'
import { basename, join } from 'node:path'

/** Which API a recording speaks; the player serves each at its own path. */
export type RecordedApi = 'openai-responses' | 'openai-chat' | 'anthropic'

export interface Recording {
  /** What a request names as its model to get it. */
  readonly name: string
  readonly api: RecordedApi
  readonly bytes: Uint8Array
}

const encoder = new TextEncoder()

/** A recording from wire events of the Responses API, numbered and framed as the provider does. */
export function recordingOfEvents(name: string, events: readonly Readonly<Record<string, unknown>>[]): Recording {
  const lines = events.map((event, index) => JSON.stringify({ ...event, sequence_number: index }))
  return { name, api: 'openai-responses', bytes: framed(lines) }
}

/** A recording from JSON payloads, framed as its API does; a text, such as `[DONE]`, goes as it is. */
export function recordingOfPayloads(
  name: string,
  api: RecordedApi,
  payloads: readonly (Readonly<Record<string, unknown>> | string)[],
): Recording {
  return { name, api, bytes: framed(payloads.map((payload) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))) }
}

/** A recording from a body as text. */
export function recordingOfText(name: string, body: string, api: RecordedApi = 'openai-responses'): Recording {
  return { name, api, bytes: encoder.encode(body) }
}

/**
 * All recordings of a folder, by name: `.sse` files are the bytes of a body, `.chunks.txt` files hold one JSON payload per line.
 * @throws the file system's error when the folder cannot be read.
 */
export async function loadRecordings(folder: string): Promise<readonly Recording[]> {
  const files = (await fs.readdir(folder)).filter((file) => /\.(sse|chunks\.txt)$/.test(file)).sort()
  return Promise.all(files.map((file) => loadRecording(join(folder, file))))
}

async function loadRecording(path: string): Promise<Recording> {
  const content = await fs.readFile(path)
  const name = basename(path).replace(/\.(sse|chunks\.txt)$/, '')
  const text = content.toString('utf8')
  const bytes = path.endsWith('.sse') ? new Uint8Array(content) : framed(text.split(/\r?\n/).filter((line) => line.trim() !== ''))
  return { name, api: apiOf(text), bytes }
}

function apiOf(text: string): RecordedApi {
  if (text.includes('chat.completion')) return 'openai-chat'
  return /"type": ?"(message_start|content_block_start)"/.test(text) ? 'anthropic' : 'openai-responses'
}

function framed(payloads: readonly string[]): Uint8Array {
  return encoder.encode(payloads.map((payload) => `${eventLine(payload)}data: ${payload}\n\n`).join(''))
}

/** The Responses and the Anthropic API name each event by its type; chat completions have no names. */
function eventLine(payload: string): string {
  if (!payload.startsWith('{')) return ''
  const value: unknown = JSON.parse(payload)
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  return typeof type === 'string' ? `event: ${type}\n` : ''
}
