/** Recordings of provider streams: the bytes of a response's body under a name. */
import { promises as fs } from 'node:fs'
import { join } from 'node:path'

/** Which API a recording speaks; the player serves each at its own path. */
export type RecordedApi = 'openai-responses' | 'openai-chat' | 'anthropic'

export interface Recording {
  /** What a request names as its model to get it. */
  readonly name: string
  readonly api: RecordedApi
  readonly bytes: Uint8Array
  /** As recorded. Default 200. */
  readonly status?: number
  /** As recorded, in lower case, without those that belong to the connection they came over. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Headers of one connection, or of a body that was packed for it (RFC 9110, 7.6.1), and those that would change how the client behaves later. */
const NOT_PLAYED: ReadonlySet<string> = new Set([
  'alt-svc',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'set-cookie',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

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
 * All recordings of a folder, by name: `.sse` files are the bytes of a body, `.chunks.txt` files hold one JSON payload per line. Where a
 * `<name>.meta.json` lies beside, it has the status and the headers that came with the body.
 * @throws the file system's error when the folder cannot be read; an error that names the file when it is not what its name says.
 */
export async function loadRecordings(folder: string): Promise<readonly Recording[]> {
  const files = (await fs.readdir(folder)).sort()
  const bodies = files.filter((file) => BODY.test(file))
  return Promise.all(
    bodies.map(async (file) => {
      const name = file.replace(BODY, '')
      const meta = `${name}.meta.json`
      const head = files.includes(meta) ? await loadHead(join(folder, meta)) : {}
      return { ...(await loadBody(join(folder, file), name)), ...head }
    }),
  )
}

const BODY = /\.(sse|chunks\.txt)$/

async function loadBody(path: string, name: string): Promise<Recording> {
  const content = await fs.readFile(path)
  const text = content.toString('utf8')
  const bytes = path.endsWith('.sse') ? new Uint8Array(content) : framed(text.split(/\r?\n/).filter((line) => line.trim() !== ''))
  return { name, api: apiOf(text), bytes }
}

async function loadHead(path: string): Promise<Pick<Recording, 'status' | 'headers'>> {
  const text = await fs.readFile(path, 'utf8')
  let meta: unknown
  try {
    meta = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is not JSON.`, { cause })
  }
  const status = at(at(meta, 'status'), 'code')
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new Error(`${path} has no HTTP status as its status.code.`)
  }
  const headers = Object.entries(at(meta, 'headers') ?? {}).flatMap(([name, value]: readonly [string, unknown]) =>
    typeof value === 'string' && !NOT_PLAYED.has(name.toLowerCase()) ? [[name.toLowerCase(), value] as const] : [],
  )
  return { status, headers: Object.fromEntries(headers) }
}

function at(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined
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
