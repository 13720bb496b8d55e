/** A second client that we did not write: the AI SDK's provider for OpenAI, against our Responses API. */
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, isStepCount, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SourceEvent } from '../../../src/ports/source.ts'
import { createScriptedSource, type ScriptedSource } from '../../support/scripted-source.ts'
import { openServer, type TestServer } from './server.ts'

const USAGE = { inputTokens: 7, outputTokens: 5, basis: 'reported' } as const
const STOP: SourceEvent = { type: 'finish', reason: 'stop', usage: USAGE }
const THOUGHT: readonly SourceEvent[] = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', text: 'The moon.' },
  { type: 'reasoning-end', id: 'r' },
]
const CALL: readonly SourceEvent[] = [
  { type: 'tool-call-start', id: 'call_1', name: 'tide' },
  { type: 'tool-call-delta', id: 'call_1', text: '{"port":' },
  { type: 'tool-call-delta', id: 'call_1', text: '1}' },
  { type: 'tool-call-end', id: 'call_1', input: '{"port":1}' },
  { type: 'finish', reason: 'tool-calls', usage: USAGE },
]
const TEXT: readonly SourceEvent[] = [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'Three ' },
  { type: 'text-delta', id: 't', text: 'metres.' },
  { type: 'citation', id: 't', url: 'https://tides.test/', title: 'Tides', detail: {} },
  { type: 'text-end', id: 't' },
  STOP,
]

let source: ScriptedSource
let server: TestServer

beforeAll(async () => {
  source = createScriptedSource()
  server = await openServer({ sources: [source] })
})
afterAll(() => server[Symbol.asyncDispose]())

function say(index: number, ...events: readonly SourceEvent[]): void {
  source.call(index).then((call) => call.emit(...events))
}

const tools = { tide: tool({ inputSchema: z.object({ port: z.number() }), execute: async ({ port }) => `${port + 2} m` }) }

describe("the AI SDK's provider", () => {
  it.each(['streamed', 'whole'])('goes through a tool round trip, %s', async (how) => {
    const model = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: 'unused' }).responses('scripted/one')
    const first = source.calls.length
    say(first, ...THOUGHT, ...CALL)
    say(first + 1, ...TEXT)
    const options = { model, tools, prompt: 'How high?', stopWhen: isStepCount(3), maxRetries: 0 }
    const result = how === 'streamed' ? streamText(options) : await generateText(options)
    expect(await result.text).toBe('Three metres.')
    const steps = await result.steps
    expect(steps[0]?.reasoningText).toBe('The moon.')
    expect(steps[0]?.toolResults).toMatchObject([{ toolName: 'tide', output: '3 m' }])
    expect(steps[1]).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 7, outputTokens: 5 } })
    expect(steps[1]?.sources).toMatchObject([{ sourceType: 'url', url: 'https://tides.test/' }])
    expect(source.calls.at(-1)?.request.messages).toEqual([
      { role: 'user', content: 'How high?' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'tide', input: '{"port":1}' }] },
      { role: 'tool', toolCallId: 'call_1', content: '3 m' },
    ])
  })

  it('does not take a cancelled answer for a whole one', async () => {
    const model = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: 'unused' }).responses('scripted/one')
    const made = source.call(source.calls.length)
    const result = streamText({ model, prompt: 'How high?', maxRetries: 0 })
    let id = ''
    made.then((call) => call.emit(...TEXT.slice(0, 2)))
    for await (const part of result.stream) {
      if (part.type === 'text-delta') {
        const { items } = (await (await fetch(`${server.url}/v1/runs?limit=1`)).json()) as { items: [{ id: string }] }
        id = items[0].id
        await server.client.responses.cancel(`resp_${id}`)
      }
    }
    expect(id).not.toBe('')
    expect(await result.finishReason).toBe('other')
  })
})
