import { describe, expect, it } from 'vitest'
import type { SourceOptions, SourceRequest } from '../../ports/source.ts'
import { DIALECTS, dialectOf } from './dialects.ts'
import { requestBody } from './request.ts'

const ask = (options: SourceOptions = {}): SourceRequest => ({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], options })
const at = (baseUrl: string, options: SourceOptions) => {
  const { model: _model, messages: _messages, stream: _stream, ...rest } = requestBody(ask(options), dialectOf(baseUrl))
  return rest
}

const PLAIN = 'http://127.0.0.1:11434/v1'
const USAGE = { stream_options: { include_usage: true } }

describe('the body of a request', () => {
  it('carries messages and options under the names of the API, and nothing else', () => {
    const options: SourceOptions = { maxOutputTokens: 99, temperature: 0, reasoningEffort: 'low', seed: 3, tokensPerSecond: 7, tools: [] }
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ] as const
    expect(requestBody({ model: 'm', messages, options }, dialectOf(PLAIN))).toEqual({
      model: 'm',
      messages,
      stream: true,
      ...USAGE,
      max_tokens: 99,
      temperature: 0,
      reasoning_effort: 'low',
    })
  })

  it('carries tools, the calls of the assistant and their answers', () => {
    const body = requestBody(
      {
        model: 'm',
        messages: [
          { role: 'user', content: 'Tide?' },
          { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'get_tide', input: '' }] },
          { role: 'tool', content: '3 m', toolCallId: 'call_1' },
          { role: 'assistant', content: 'And', toolCalls: [{ id: 'call_2', name: 'get_tide', input: '{"a":1}' }] },
        ],
        options: { tools: [{ name: 'get_tide', description: 'Height.', parameters: { type: 'object' } }] },
      },
      dialectOf(PLAIN),
    )
    const call = (id: string, args: string) => ({ id, type: 'function', function: { name: 'get_tide', arguments: args } })
    expect(body).toMatchObject({
      messages: [
        { role: 'user', content: 'Tide?' },
        { role: 'assistant', content: null, tool_calls: [call('call_1', '{}')] },
        { role: 'tool', tool_call_id: 'call_1', content: '3 m' },
        { role: 'assistant', content: 'And', tool_calls: [call('call_2', '{"a":1}')] },
      ],
      tools: [{ type: 'function', function: { name: 'get_tide', description: 'Height.', parameters: { type: 'object' } } }],
    })
  })

  it('is refused without a message, or with a tool answer that names no call', () => {
    expect(() => requestBody({ ...ask(), messages: [] }, dialectOf(PLAIN))).toThrow(/no message/)
    expect(() => requestBody({ ...ask(), messages: [{ role: 'tool', content: 'x' }] }, dialectOf(PLAIN))).toThrow(/toolCallId/)
  })
})

describe('a request in the words of', () => {
  const options: SourceOptions = { maxOutputTokens: 9, maxThinkingTokens: 2_000 }
  it.each([
    ['an endpoint that is not known', PLAIN, { ...USAGE, max_tokens: 9, reasoning_effort: 'low' }],
    ['OpenAI', 'https://api.openai.com/v1', { ...USAGE, max_completion_tokens: 9, reasoning_effort: 'low' }],
    [
      'Azure',
      'https://box.openai.azure.com/openai/deployments/x?api-version=2024-10-21',
      { ...USAGE, max_completion_tokens: 9, reasoning_effort: 'low' },
    ],
    ['OpenRouter', 'https://openrouter.ai/api/v1', { ...USAGE, max_tokens: 9, reasoning: { max_tokens: 2_000 } }],
    ['Mistral, which refuses what it does not know', 'https://api.mistral.ai/v1', { max_tokens: 9 }],
    [
      'Gemini',
      'https://generativelanguage.googleapis.com/v1beta/openai/',
      { ...USAGE, max_tokens: 9, extra_body: { google: { thinking_config: { thinking_budget: 2_000 } } } },
    ],
    [
      'Qwen',
      'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
      { ...USAGE, max_tokens: 9, enable_thinking: true, thinking_budget: 2_000 },
    ],
  ])('%s', (_name, baseUrl, body) => {
    expect(at(baseUrl, options)).toEqual(body)
  })

  it('an endpoint that was told to be another', () => {
    const quirks = { ...dialectOf(PLAIN), reasoning: 'template', includeUsage: false } as const
    expect(requestBody(ask({ maxThinkingTokens: 7 }), quirks)).toMatchObject({
      chat_template_kwargs: { enable_thinking: true, thinking_budget: 7 },
    })
    expect(requestBody(ask(), quirks)).not.toHaveProperty('stream_options')
  })
})

describe('reasoning', () => {
  it('is asked for nowhere when nobody asked', () => {
    for (const dialect of DIALECTS) {
      const body = requestBody(ask(), dialect)
      expect(Object.keys(body).filter((key) => !['model', 'messages', 'stream', 'stream_options'].includes(key))).toEqual([])
    }
  })

  it.each([
    [1, 'minimal'],
    [512, 'minimal'],
    [513, 'low'],
    [2_896, 'low'],
    [2_897, 'medium'],
    [14_188, 'medium'],
    [14_190, 'high'],
    [1_000_000, 'high'],
  ])('a budget of %d tokens is the effort %s where there are only efforts', (maxThinkingTokens, effort) => {
    expect(at('https://api.openai.com/v1', { maxThinkingTokens })).toMatchObject({ reasoning_effort: effort })
  })

  it('an effort that an endpoint does not know becomes the nearest that it does', () => {
    expect(at(PLAIN, { reasoningEffort: 'minimal' })).toMatchObject({ reasoning_effort: 'low' })
    expect(at('https://api.x.ai/v1', { reasoningEffort: 'medium' })).toMatchObject({ reasoning_effort: 'high' })
  })

  it('an effort is a budget where there are only budgets, and goes as it is to OpenRouter and Gemini', () => {
    expect(at('https://api.siliconflow.cn/v1', { reasoningEffort: 'high' })).toMatchObject({
      enable_thinking: true,
      thinking_budget: 24_576,
    })
    expect(at('https://openrouter.ai/api/v1', { reasoningEffort: 'minimal' })).toMatchObject({ reasoning: { effort: 'minimal' } })
    expect(at('https://generativelanguage.googleapis.com/v1beta/openai', { reasoningEffort: 'low' })).toMatchObject({
      reasoning_effort: 'low',
    })
  })

  it('of both an effort and a budget, the one counts that the endpoint takes as it is', () => {
    const both: SourceOptions = { reasoningEffort: 'high', maxThinkingTokens: 10 }
    expect(at('https://api.openai.com/v1', both)).toMatchObject({ reasoning_effort: 'high' })
    expect(at('https://openrouter.ai/api/v1', both)).toMatchObject({ reasoning: { max_tokens: 10 } })
  })
})

describe('the dialect of an address', () => {
  it.each([
    ['https://api.openai.com.evil.example/v1', 'api.openai.com.evil.example'],
    ['https://notopenrouter.ai/v1', 'notopenrouter.ai'],
    ['https://box.openai.azure.com/openai', 'Azure OpenAI'],
    ['https://API.OPENAI.COM/v1', 'OpenAI'],
    ['nonsense', 'The endpoint'],
  ])('%s is that of %s', (baseUrl, label) => {
    expect(dialectOf(baseUrl).label).toBe(label)
  })
})
