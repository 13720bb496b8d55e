/** The official SDKs, as raw streams and with their helpers, and the AI SDK; each as its documentation says, with retries off. */
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { streamText } from 'ai'
import OpenAI from 'openai'
import { type Consumer, type Endpoint, KEY, PROMPT, reading } from './consumer.ts'

// It would warn of our model's name with every request.
globalThis.AI_SDK_LOG_WARNINGS = false

/** A name that the SDKs know as a model without reasoning. */
const MODEL = { openai: 'gpt-4o', anthropic: 'claude-3-5-haiku-latest' }
const MAX_TOKENS = 8_000
const MESSAGES = [{ role: 'user', content: PROMPT }] as const

export async function createSdkStream({ api, origin }: Endpoint): Promise<Consumer> {
  if (api === 'anthropic') {
    const client = new Anthropic({ baseURL: origin, apiKey: KEY, maxRetries: 0 })
    return reading(async () => {
      let chars = 0
      const events = await client.messages.create({ model: MODEL.anthropic, max_tokens: MAX_TOKENS, messages: [...MESSAGES], stream: true })
      for await (const event of events)
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') chars += event.delta.text.length
      return chars
    })
  }
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: KEY, maxRetries: 0 })
  if (api === 'openai-chat') {
    return reading(async () => {
      let chars = 0
      const chunks = await client.chat.completions.create({ model: MODEL.openai, messages: [...MESSAGES], stream: true })
      for await (const chunk of chunks) chars += chunk.choices[0]?.delta.content?.length ?? 0
      return chars
    })
  }
  return reading(async () => {
    let chars = 0
    const events = await client.responses.create({ model: MODEL.openai, input: PROMPT, stream: true })
    for await (const event of events) if (event.type === 'response.output_text.delta') chars += event.delta.length
    return chars
  })
}

export async function createSdkHelper({ api, origin }: Endpoint): Promise<Consumer> {
  if (api === 'anthropic') {
    const client = new Anthropic({ baseURL: origin, apiKey: KEY, maxRetries: 0 })
    return reading(async () => {
      let chars = 0
      const stream = client.messages.stream({ model: MODEL.anthropic, max_tokens: MAX_TOKENS, messages: [...MESSAGES] })
      stream.on('text', (text) => {
        chars += text.length
      })
      await stream.finalMessage()
      return chars
    })
  }
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: KEY, maxRetries: 0 })
  if (api === 'openai-chat') {
    return reading(async () => {
      let chars = 0
      const stream = client.chat.completions.stream({ model: MODEL.openai, messages: [...MESSAGES] })
      stream.on('content', (text) => {
        chars += text.length
      })
      await stream.finalChatCompletion()
      return chars
    })
  }
  return reading(async () => {
    let chars = 0
    const stream = client.responses.stream({ model: MODEL.openai, input: PROMPT })
    stream.on('response.output_text.delta', ({ delta }) => {
      chars += delta.length
    })
    await stream.finalResponse()
    return chars
  })
}

export async function createAiSdk({ api, origin }: Endpoint): Promise<Consumer> {
  const model = aiSdkModel(api, `${origin}/v1`)
  return reading(async () => {
    let chars = 0
    for await (const text of streamText({ model, prompt: PROMPT, maxOutputTokens: MAX_TOKENS, maxRetries: 0 }).textStream)
      chars += text.length
    return chars
  })
}

function aiSdkModel(api: Endpoint['api'], baseURL: string): Parameters<typeof streamText>[0]['model'] {
  switch (api) {
    case 'anthropic':
      return createAnthropic({ baseURL, apiKey: KEY })(MODEL.anthropic)
    case 'openai-chat':
      return createOpenAI({ baseURL, apiKey: KEY }).chat(MODEL.openai)
    case 'openai-responses':
      return createOpenAI({ baseURL, apiKey: KEY }).responses(MODEL.openai)
    default:
      return api satisfies never
  }
}
