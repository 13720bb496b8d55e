/** The least that a client can do: take the bytes, or take them apart. */
import { createParser } from 'eventsource-parser'
import type { Api } from './bodies.ts'
import { type Consumer, type Endpoint, OPERATION, PROMPT, reading } from './consumer.ts'

/** Takes the bytes and looks into none: the first answer is kept and counted when it is checked, the others must be as long. */
export async function createFetchOnly({ api, origin }: Endpoint): Promise<Consumer> {
  let first: Uint8Array | undefined
  return {
    async ask() {
      const pieces: Uint8Array[] = []
      let bytes = 0
      for await (const piece of await bodyAt(api, origin)) {
        if (first === undefined) pieces.push(piece)
        bytes += piece.byteLength
      }
      first ??= Buffer.concat(pieces)
      const kept = first
      return () => (bytes === kept.byteLength ? textLength(kept) : Number.NaN)
    },
    close: async () => {},
  }
}

function textLength(body: Uint8Array): number {
  let chars = 0
  const parser = createParser({ onEvent: ({ data }) => (chars += lengthOf(data)) })
  parser.feed(new TextDecoder().decode(body))
  return chars
}

export async function createParserOnly({ api, origin }: Endpoint): Promise<Consumer> {
  return reading(async () => {
    let chars = 0
    const decoder = new TextDecoder()
    const parser = createParser({ onEvent: ({ data }) => (chars += lengthOf(data)) })
    for await (const piece of await bodyAt(api, origin)) parser.feed(decoder.decode(piece, { stream: true }))
    return chars
  })
}

async function bodyAt(api: Api, origin: string): Promise<AsyncIterable<Uint8Array>> {
  const body = JSON.stringify({ model: 'bench', stream: true, input: PROMPT })
  const response = await fetch(origin + OPERATION[api], { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (response.body === null) throw new Error('The response has no body.')
  return response.body
}

/** Where each API has its text. Bench bodies hold nothing else of these shapes. */
interface TextEvent {
  readonly type?: string
  readonly delta?: string | { readonly text?: string }
  readonly choices?: readonly { readonly delta: { readonly content?: string } }[]
}

function lengthOf(data: string): number {
  if (data === '[DONE]') return 0
  const event = JSON.parse(data) as TextEvent
  if (event.choices) return event.choices[0]?.delta.content?.length ?? 0
  return typeof event.delta === 'string' ? event.delta.length : (event.delta?.text?.length ?? 0)
}
