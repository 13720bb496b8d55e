/** What the samples of Chat Completions are made of: chunks, and how streams begin and end. */
import { type Recording, recordingOfPayloads } from '../recordings.ts'

type Wire = Readonly<Record<string, unknown>>

export const ID = 'chatcmpl-sample'
export const DONE = '[DONE]'
export const USAGE = {
  prompt_tokens: 21,
  completion_tokens: 34,
  total_tokens: 55,
  prompt_tokens_details: { cached_tokens: 5 },
  completion_tokens_details: { reasoning_tokens: 8 },
}

/** A chunk with one choice. `more` goes beside the choices, `beside` into the choice. */
export function chunk(delta: Wire, more: Wire = {}, beside: Wire = {}): Wire {
  return {
    id: ID,
    object: 'chat.completion.chunk',
    model: 'sample',
    choices: [{ index: 0, delta, finish_reason: null, ...beside }],
    ...more,
  }
}

export function finished(reason: string, more: Wire = {}, delta: Wire = {}): Wire {
  return chunk(delta, more, { finish_reason: reason })
}

export const ROLE = chunk({ role: 'assistant', content: '' })
/** The last chunk of a stream whose usage was asked for. */
export const SPENT: Wire = { id: ID, object: 'chat.completion.chunk', model: 'sample', choices: [], usage: USAGE }

export function say(...texts: readonly string[]): readonly Wire[] {
  return texts.map((content) => chunk({ content }))
}

export function think(field: string, ...texts: readonly string[]): readonly Wire[] {
  return texts.map((text) => chunk({ [field]: text }))
}

/** A fragment of a call; the one with the name says also what it is. */
export function call(index: number | undefined, made: Wire, more: Wire = {}): Wire {
  return { ...(index === undefined ? {} : { index }), ...more, ...('name' in made ? { type: 'function' } : {}), function: made }
}

export function calling(...fragments: readonly Wire[]): Wire {
  return chunk({ tool_calls: fragments })
}

export function bare(name: string, ...payloads: readonly (Wire | string)[]): Recording {
  return recordingOfPayloads(`chat-${name}`, 'openai-chat', payloads)
}

/** A stream that begins as OpenAI begins it. */
export function sample(name: string, ...payloads: readonly (Wire | string)[]): Recording {
  return bare(name, ROLE, ...payloads)
}

/** A stream as OpenAI begins and ends it. */
export function whole(name: string, deltas: readonly Wire[], reason: string): Recording {
  return sample(name, ...deltas, finished(reason), SPENT, DONE)
}

export function framed(...payloads: readonly Wire[]): string {
  return payloads.map((payload) => `data: ${JSON.stringify(payload)}\n\n`).join('')
}
