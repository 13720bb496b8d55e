import { describe, expect, it } from 'vitest'
import { requestBody } from './request.ts'

describe('the body of a request', () => {
  it('carries messages and options under the names of the API, and nothing else', () => {
    expect(
      requestBody({
        model: 'gpt-5',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        options: { maxOutputTokens: 99, temperature: 0, reasoningEffort: 'low', seed: 3, tokensPerSecond: 7 },
      }),
    ).toEqual({
      model: 'gpt-5',
      input: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      stream: true,
      store: false,
      max_output_tokens: 99,
      temperature: 0,
      reasoning: { effort: 'low' },
    })
  })

  it('carries tools, the calls of the assistant and their answers', () => {
    const body = requestBody({
      model: 'gpt-5',
      messages: [
        { role: 'user', content: 'Tide?' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'get_tide', input: '{}' }] },
        { role: 'tool', content: '3 m', toolCallId: 'call_1' },
      ],
      options: { tools: [{ name: 'get_tide', parameters: { type: 'object' } }] },
    })
    expect(body).toMatchObject({
      input: [
        { role: 'user', content: 'Tide?' },
        { type: 'function_call', call_id: 'call_1', name: 'get_tide', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: '3 m' },
      ],
      tools: [{ type: 'function', name: 'get_tide', parameters: { type: 'object' }, strict: false }],
    })
  })

  it('asks for a reasoning summary only where it is configured', () => {
    const request = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] as const, options: {} }
    expect(requestBody(request)).not.toHaveProperty('reasoning')
    expect(requestBody(request, { reasoningSummary: 'auto' })).toMatchObject({ reasoning: { summary: 'auto' } })
    expect(requestBody({ ...request, model: 'gpt-4o' }, { reasoningSummary: 'auto' })).not.toHaveProperty('reasoning')
  })

  it('carries tokens to reason with as the effort that comes nearest, and an effort as it is', () => {
    const request = { model: 'gpt-5.6-sol', messages: [{ role: 'user', content: 'Hi' }] as const }
    expect(requestBody({ ...request, options: { maxThinkingTokens: 60_000 } })).toMatchObject({ reasoning: { effort: 'xhigh' } })
    const both = { maxThinkingTokens: 60_000, reasoningEffort: 'low' } as const
    expect(requestBody({ ...request, options: both })).toMatchObject({ reasoning: { effort: 'low' } })
  })

  it('is refused with tokens to reason with for a model that does not reason, and says what to do', () => {
    const request = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] as const, options: { maxThinkingTokens: 1_000 } }
    expect(() => requestBody(request)).toThrow(/gpt-4o of OpenAI does not reason\. Leave maxThinkingTokens out/)
    expect(() => requestBody({ ...request, options: { ...request.options, reasoningEffort: 'low' } })).toThrow(/does not reason/)
  })

  it('is refused without a message, or with a tool answer that names no call', () => {
    expect(() => requestBody({ model: 'm', messages: [], options: {} })).toThrow(/no message/)
    expect(() => requestBody({ model: 'm', messages: [{ role: 'tool', content: 'x' }], options: {} })).toThrow(/toolCallId/)
  })
})
