import { describe, expect, it } from 'vitest'
import type { PromptMessage, SourceOptions } from '../../ports/source.ts'
import { requestBody } from './request.ts'

const ADAPTIVE = 'claude-opus-5-5'
const BUDGET = 'claude-haiku-4-5'
const NONE = 'claude-3-haiku-20240307'

function bodyOf(messages: readonly PromptMessage[], model = BUDGET): Record<string, unknown> {
  return requestBody({ model, messages, options: {} })
}

/** The body without what every body has. */
function optionsOf(model: string, options: SourceOptions): Record<string, unknown> {
  const {
    model: _model,
    messages: _messages,
    stream: _stream,
    ...rest
  } = requestBody({
    model,
    messages: [{ role: 'user', content: 'Hi' }],
    options,
  })
  return rest
}

describe('the body of a request', () => {
  it('carries the messages of the system apart, and streams', () => {
    expect(
      bodyOf([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'Be kind.' },
      ]),
    ).toEqual({
      model: BUDGET,
      max_tokens: 64_000,
      system: 'Be brief.\n\nBe kind.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      stream: true,
    })
  })

  it('carries calls, and all answers of a turn first in one message of the user', () => {
    const { messages } = bodyOf([
      { role: 'user', content: 'Levels?' },
      {
        role: 'assistant',
        content: 'Let me look.',
        toolCalls: [
          { id: 'toolu_1', name: 'get_level', input: '{"chamber":"Süd"}' },
          { id: 'call@tool-2', name: 'get_time', input: '' },
        ],
      },
      { role: 'user', content: 'Be quick.' },
      { role: 'tool', content: '9 m', toolCallId: 'toolu_1' },
      { role: 'tool', content: '', toolCallId: 'call@tool-2' },
    ])
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Levels?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'get_level', input: { chamber: 'Süd' } },
          { type: 'tool_use', id: 'call_tool-2', name: 'get_time', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '9 m' },
          { type: 'tool_result', tool_use_id: 'call_tool-2' },
          { type: 'text', text: 'Be quick.' },
        ],
      },
    ])
  })

  it('joins messages of one side, and leaves out those that say nothing', () => {
    const { messages } = bodyOf([
      { role: 'user', content: 'One.' },
      { role: 'assistant', content: ' \n' },
      { role: 'user', content: 'Two.' },
    ])
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One.' },
          { type: 'text', text: 'Two.' },
        ],
      },
    ])
  })

  it('carries tools under the names of the API', () => {
    const tools = [
      { name: 'get_level', description: 'How high.', parameters: { type: 'object' } },
      { name: 'f', parameters: {} },
    ]
    expect(optionsOf(BUDGET, { tools })['tools']).toEqual([
      { name: 'get_level', description: 'How high.', input_schema: { type: 'object' } },
      { name: 'f', input_schema: {} },
    ])
    expect(optionsOf(BUDGET, { tools: [] })).not.toHaveProperty('tools')
  })

  it('is refused without a message, for an answer without a call, and for an input that is no object, naming the call', () => {
    expect(() => bodyOf([])).toThrow(/no message/)
    expect(() => bodyOf([{ role: 'system', content: 'Be brief.' }])).toThrow(/no message/)
    expect(() => bodyOf([{ role: 'tool', content: 'x' }])).toThrow(/toolCallId/)
    for (const input of ['{"cham', '[1]', '"text"', 'null']) {
      const calls: PromptMessage = { role: 'assistant', content: '', toolCalls: [{ id: 'toolu_9', name: 'open_gate', input }] }
      expect(() => bodyOf([calls])).toThrow(expect.objectContaining({ code: 'invalid-request' }))
      expect(() => bodyOf([calls])).toThrow(/toolu_9 of the tool open_gate/)
    }
  })
})

describe('the output', () => {
  it('may be as long as the model allows, or as the caller wants', () => {
    expect(optionsOf(ADAPTIVE, {})).toEqual({ max_tokens: 128_000 })
    expect(optionsOf(BUDGET, { maxOutputTokens: 99 })).toEqual({ max_tokens: 99 })
    expect(optionsOf('someone-elses-model', {})).toEqual({ max_tokens: 8_192 })
  })

  it('cannot be longer than the model gives, and the error names the limit', () => {
    expect(() => optionsOf(BUDGET, { maxOutputTokens: 64_001 })).toThrow(/at most 64000 tokens.*64001/)
    expect(optionsOf('claude-of-tomorrow', { maxOutputTokens: 500_000 })).toEqual({ max_tokens: 500_000 })
  })

  it('has a temperature only where the model takes one and does not think', () => {
    expect(optionsOf(BUDGET, { temperature: 0.5 })).toEqual({ max_tokens: 64_000, temperature: 0.5 })
    expect(optionsOf(BUDGET, { temperature: 0.5, maxThinkingTokens: 2_000 })).not.toHaveProperty('temperature')
    expect(optionsOf('claude-opus-4-6', { temperature: 0.5 })).toHaveProperty('temperature')
    expect(optionsOf('claude-opus-4-6', { temperature: 0.5, reasoningEffort: 'low' })).not.toHaveProperty('temperature')
    expect(optionsOf(ADAPTIVE, { temperature: 1.5 })).not.toHaveProperty('temperature')
    expect(() => optionsOf(BUDGET, { temperature: 1.5 })).toThrow(/from 0 to 1; it is 1.5/)
    expect(optionsOf('someone-elses-model', { temperature: 1.5 })).toHaveProperty('temperature', 1.5)
  })
})

describe('thinking', () => {
  it('of a model with a budget has the tokens that are asked for', () => {
    expect(optionsOf(BUDGET, { maxThinkingTokens: 1_024, reasoningEffort: 'high' })).toEqual({
      max_tokens: 64_000,
      thinking: { type: 'enabled', budget_tokens: 1_024 },
    })
    expect(() => optionsOf(BUDGET, { maxThinkingTokens: 1_023 })).toThrow(/at least 1024/)
    expect(() => optionsOf(BUDGET, { maxThinkingTokens: 2_000, maxOutputTokens: 2_000 })).toThrow(/2000.*below.*2000/)
  })

  it('of a model with a budget has tokens for an effort, and leaves half of the output to the answer', () => {
    const budget = (options: SourceOptions) => optionsOf(BUDGET, options)['thinking']
    expect(budget({ reasoningEffort: 'minimal' })).toBeUndefined()
    expect(budget({ reasoningEffort: 'low' })).toEqual({ type: 'enabled', budget_tokens: 2_048 })
    expect(budget({ reasoningEffort: 'high' })).toEqual({ type: 'enabled', budget_tokens: 24_576 })
    expect(budget({ reasoningEffort: 'high', maxOutputTokens: 4_001 })).toEqual({ type: 'enabled', budget_tokens: 2_000 })
    expect(budget({ reasoningEffort: 'high', maxOutputTokens: 2_047 })).toBeUndefined()
  })

  it('of a model that decides itself has the effort that comes nearest, and is shown', () => {
    const effort = (options: SourceOptions) => optionsOf(ADAPTIVE, options)
    const of = (nearest: string) => ({
      max_tokens: 128_000,
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: nearest },
    })
    expect(effort({ reasoningEffort: 'minimal' })).toEqual(of('low'))
    expect(effort({ reasoningEffort: 'medium' })).toEqual(of('medium'))
    expect(effort({ maxThinkingTokens: 1 })).toEqual(of('low'))
    expect(effort({ maxThinkingTokens: 4_097 })).toEqual(of('medium'))
    expect(effort({ maxThinkingTokens: 500_000 })).toEqual(of('high'))
    expect(effort({ maxThinkingTokens: 500_000, reasoningEffort: 'low' })).toEqual(of('low'))
  })

  it('is refused by a model without it when tokens are given, and an effort is ignored', () => {
    expect(() => optionsOf(NONE, { maxThinkingTokens: 2_000 })).toThrow(/cannot think/)
    expect(optionsOf(NONE, { reasoningEffort: 'high' })).toEqual({ max_tokens: 4_096 })
  })

  it('of a model that nobody knows is no reason to refuse', () => {
    expect(optionsOf('someone-elses-model', { maxThinkingTokens: 2_000, temperature: 1 })).toEqual({ max_tokens: 8_192, temperature: 1 })
    expect(optionsOf('claude-of-tomorrow', { maxThinkingTokens: 2_000 })).toHaveProperty('output_config', { effort: 'low' })
  })

  it('within a budget rests while a turn with tools is under way, since its own thinking would be missed', () => {
    const messages: readonly PromptMessage[] = [
      { role: 'user', content: 'Level?' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'toolu_1', name: 'get_level', input: '{}' }] },
      { role: 'tool', content: '9 m', toolCallId: 'toolu_1' },
    ]
    const options = { maxThinkingTokens: 2_000 }
    expect(requestBody({ model: BUDGET, messages, options })).not.toHaveProperty('thinking')
    expect(requestBody({ model: ADAPTIVE, messages, options })).toHaveProperty('thinking')
    expect(
      requestBody({
        model: BUDGET,
        messages: [...messages, { role: 'assistant', content: '9 m.' }, { role: 'user', content: 'And now?' }],
        options,
      }),
    ).toHaveProperty('thinking')
  })
})
