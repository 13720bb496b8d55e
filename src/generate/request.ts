/** A request to create a run, checked and made uniform. */
import { SluiceError } from '../core/errors.ts'
import type { RunRecord } from '../ports/records.ts'
import type { PromptMessage } from '../ports/source.ts'

const encoder = new TextEncoder()

/**
 * The messages of an input.
 * @throws {SluiceError} `invalid-request` when nothing is asked; `too-large` beyond `maxBytes` of contents and calls in UTF-8.
 */
export function readRequest(input: string | readonly PromptMessage[], maxBytes: number): readonly PromptMessage[] {
  const messages: readonly PromptMessage[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  if (!messages.some((message) => message.content.trim() !== '')) {
    const what = 'The input is empty. Send a question, or at least one message with content.'
    throw new SluiceError('invalid-request', what, { safeMessage: what })
  }
  const bytes = messages.reduce((sum, message) => sum + bytesOf(message), 0)
  if (bytes > maxBytes) {
    const what = `The input has ${bytes} bytes; at most ${maxBytes} are taken. Shorten it, or raise SLUICE_MAX_PROMPT_BYTES.`
    throw new SluiceError('too-large', what, { safeMessage: what })
  }
  return messages
}

/** All that a caller wrote into a message: the calls of tools go to the provider, and into the records, like the text. */
function bytesOf({ content, toolCallId = '', toolCalls = [] }: PromptMessage): number {
  const texts = [content, toolCallId, ...toolCalls.flatMap(({ id, name, input }) => [id, name, input])]
  return texts.reduce((sum, text) => sum + encoder.encode(text).byteLength, 0)
}

/** An id that no other process makes: a kind and 122 random bits. */
export function newId(kind: 'run'): string {
  return `${kind}_${crypto.randomUUID().replaceAll('-', '')}`
}

/** Digest of what a request asked for, by which a repeated one is recognised. */
export async function requestDigest(run: RunRecord): Promise<string> {
  const asked = JSON.stringify([run.model, run.conversationId ?? null, run.input, sortKeys(run.options)])
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(asked))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A copy whose objects have their keys in one order, so that equal requests have equal text. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]))
}
