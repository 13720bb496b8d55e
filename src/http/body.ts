/** Reads request bodies with a bound that counts what arrives, whatever Content-Length says. */
import { Refusal } from './problem.ts'
import { isJson, notJson } from './trust.ts'

/**
 * The body as text.
 * @throws {Refusal} 413 beyond `maxBytes`, 415 when it does not say it is JSON, 400 when it is empty or not UTF-8.
 */
export async function readJsonText(request: Request, maxBytes: number): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  const chunks = await collect(request, maxBytes)
  if (chunks.length === 0) throw new Refusal(400, 'invalid-request', 'The request has no body: send a JSON object.')
  if (!isJson(request.headers.get('content-type') ?? '')) throw notJson()
  return decode(chunks)
}

/**
 * The body as bytes; none is an empty one.
 * @throws {Refusal} 413 beyond `maxBytes`, 400 when it breaks off.
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks = await collect(request, maxBytes)
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** The chunks of the body that are not empty. */
async function collect(request: Request, maxBytes: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    // Leaving the loop early cancels the body, so what is too large is not read to its end.
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength
      if (length > maxBytes) throw tooLarge(maxBytes)
      if (chunk.byteLength > 0) chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'invalid-request', 'The body broke off before its end.', { cause: error })
  }
  return chunks
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    let text = ''
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  } catch (cause) {
    throw new Refusal(400, 'invalid-request', 'The body is not valid UTF-8.', { cause })
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(
    413,
    'too-large',
    `The body is larger than ${maxBytes} bytes. Ask in smaller pieces, or raise the limit of the server.`,
  )
}
