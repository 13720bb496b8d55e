import { describe, expect, it } from 'vitest'
import { promptOf, type UiMessage } from './messages.ts'

const message = (role: UiMessage['role'], ...parts: UiMessage['parts']): UiMessage => ({ id: 'm', role, parts })

describe('the prompt of a chat', () => {
  it('is its text, without reasoning, sources and data', () => {
    expect(
      promptOf([
        message('system', { type: 'text', text: 'Be brief.' }),
        message('user', { type: 'text', text: 'Hi' }, { type: 'data-x', data: 1 }, { type: 'text', text: '!' }),
        message(
          'assistant',
          { type: 'step-start' },
          { type: 'reasoning', text: 'Hm' },
          { type: 'source-url', url: 'x' },
          { type: 'text', text: 'Yo' },
        ),
      ]),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi!' },
      { role: 'assistant', content: 'Yo' },
    ])
  })

  it('has calls with their outputs, step by step', () => {
    expect(
      promptOf([
        message(
          'assistant',
          { type: 'text', text: 'Looking.' },
          { type: 'tool-look', toolCallId: '1', state: 'output-available', input: { q: 1 }, output: { found: 2 } },
          { type: 'dynamic-tool', toolName: 'ask', toolCallId: '2', state: 'output-error', input: {}, errorText: 'Down' },
          { type: 'step-start' },
          { type: 'text', text: 'Found.' },
        ),
      ]),
    ).toEqual([
      {
        role: 'assistant',
        content: 'Looking.',
        toolCalls: [
          { id: '1', name: 'look', input: '{"q":1}' },
          { id: '2', name: 'ask', input: '{}' },
        ],
      },
      { role: 'tool', content: '{"found":2}', toolCallId: '1' },
      { role: 'tool', content: 'Down', toolCallId: '2' },
      { role: 'assistant', content: 'Found.' },
    ])
  })

  it('leaves out calls that have no output, broke off, or were run by a provider', () => {
    expect(
      promptOf([
        message(
          'assistant',
          { type: 'tool-a', toolCallId: '1', state: 'input-available', input: {} },
          { type: 'tool-b', toolCallId: '2', state: 'output-error', errorText: 'Cut' },
          { type: 'tool-c', toolCallId: '3', state: 'output-available', input: {}, output: 1, providerExecuted: true },
        ),
      ]),
    ).toEqual([])
  })

  it('refuses files by the place where they are', () => {
    const chat = [message('user', { type: 'text', text: 'See' }, { type: 'file', mediaType: 'image/png', url: 'data:,' })]
    expect(() => promptOf(chat)).toThrow(
      expect.objectContaining({ status: 400, errors: [expect.objectContaining({ path: 'messages.0.parts.1' })] }),
    )
  })
})
