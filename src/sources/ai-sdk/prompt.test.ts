import { describe, expect, it } from 'vitest'
import type { PromptMessage, SourceOptions } from '../../ports/source.ts'
import { callOptions } from './prompt.ts'

const user: PromptMessage = { role: 'user', content: 'Hi' }

function optionsOf(messages: readonly PromptMessage[], options: SourceOptions = {}, specification = 'v4') {
  return callOptions({ model: 'any', messages, options }, specification)
}

describe('the prompt', () => {
  it('holds every role, calls with their arguments as values, and the results of one step together', () => {
    const { prompt } = optionsOf([
      { role: 'system', content: 'Be brief.' },
      user,
      {
        role: 'assistant',
        content: 'I look.',
        toolCalls: [
          { id: 'a', name: 'find', input: '{"q":"x"}' },
          { id: 'b', name: 'now', input: '' },
          { id: 'c', name: 'run', input: 'no JSON' },
        ],
      },
      { role: 'tool', toolCallId: 'a', content: 'found' },
      { role: 'tool', toolCallId: 'b', content: '12:00' },
      { role: 'tool', toolCallId: 'c', content: 'failed' },
      { role: 'assistant', content: '' },
      user,
    ])
    const result = (toolCallId: string, toolName: string, value: string) => ({
      type: 'tool-result',
      toolCallId,
      toolName,
      output: { type: 'text', value },
    })
    expect(prompt).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'tool-call', toolCallId: 'a', toolName: 'find', input: { q: 'x' } },
          { type: 'tool-call', toolCallId: 'b', toolName: 'now', input: {} },
          { type: 'tool-call', toolCallId: 'c', toolName: 'run', input: 'no JSON' },
        ],
      },
      { role: 'tool', content: [result('a', 'find', 'found'), result('b', 'now', '12:00'), result('c', 'run', 'failed')] },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ])
  })

  it('is refused when it is empty, or when a result belongs to no call', () => {
    expect(() => optionsOf([])).toThrow('no message')
    expect(() => optionsOf([{ role: 'tool', content: 'x' }])).toThrow('Set its toolCallId')
    expect(() => optionsOf([user, { role: 'tool', toolCallId: 'lost', content: 'x' }])).toThrow(
      /call "lost", which no earlier message made/,
    )
  })
})

describe('the options', () => {
  it('are absent where nothing is asked for', () => {
    expect(Object.keys(optionsOf([user], { tools: [], seed: 7, tokensPerSecond: 3 }))).toEqual(['prompt'])
  })

  it('carry the limits and the tools', () => {
    const parameters = { type: 'object', properties: { q: { type: 'string' } } }
    const { prompt: _prompt, ...rest } = optionsOf([user], {
      maxOutputTokens: 100,
      temperature: 0,
      tools: [
        { name: 'find', description: 'Finds.', parameters },
        { name: 'now', parameters: {} },
      ],
    })
    expect(rest).toEqual({
      maxOutputTokens: 100,
      temperature: 0,
      tools: [
        { type: 'function', name: 'find', description: 'Finds.', inputSchema: parameters },
        { type: 'function', name: 'now', inputSchema: {} },
      ],
    })
  })

  it('name an effort of reasoning for v4 only, the nearest one where a budget is asked for', () => {
    expect(optionsOf([user], { reasoningEffort: 'low' }).reasoning).toBe('low')
    expect(optionsOf([user], { reasoningEffort: 'low', maxThinkingTokens: 50_000 }).reasoning).toBe('low')
    for (const [tokens, effort] of [
      [1, 'minimal'],
      [1_024, 'minimal'],
      [4_000, 'low'],
      [16_384, 'medium'],
      [16_385, 'high'],
    ] as const) {
      expect(optionsOf([user], { maxThinkingTokens: tokens }).reasoning).toBe(effort)
    }
    for (const older of ['v2', 'v3']) {
      expect(optionsOf([user], { reasoningEffort: 'low' }, older)).not.toHaveProperty('reasoning')
      expect(() => optionsOf([user], { maxThinkingTokens: 2_048 }, older)).toThrow(/Leave it out/)
    }
  })
})
