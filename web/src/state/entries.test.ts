import { describe, expect, it } from 'vitest'
import type { ConversationDetail, Message } from '../../../src/client/api.ts'
import type { ConversationView, PendingAsk } from './conversation.ts'
import { currentRunId, entriesOf } from './entries.ts'

const at = '2026-01-01T00:00:00Z'
const asked = (id: string, text: string, runId?: string): Message => ({
  id,
  role: 'user',
  text,
  createdAt: at,
  ...(runId ? { runId } : {}),
})
const answered = (id: string, runId: string): Message => ({
  id,
  role: 'assistant',
  text: `answer ${runId}`,
  createdAt: at,
  runId,
  status: 'completed',
})
const detail = (messages: readonly Message[], liveRunId?: string): ConversationDetail => ({
  id: 'c',
  title: 't',
  createdAt: at,
  updatedAt: at,
  messages,
  ...(liveRunId ? { liveRunId } : {}),
})
const view = (patch: Partial<ConversationView>): ConversationView => ({ load: 'ready', retrying: false, ...patch })
const pending = (text: string, after?: string): PendingAsk => ({
  ask: { conversationId: 'c', key: 'k', text, ...(after ? { after } : {}) },
  state: 'sending',
})
const shape = (v: ConversationView): string[] =>
  entriesOf(v).map((entry) => `${entry.kind} ${entry.kind === 'question' ? entry.text : entry.runId}`)

describe('what a thread shows', () => {
  it('is the messages in order, and the live answer under its question', () => {
    const messages = [asked('1', 'a', 'r1'), answered('2', 'r1'), asked('3', 'b', 'r2'), asked('4', 'c', 'r3')]
    expect(shape(view({ detail: detail(messages, 'r2') }))).toEqual(['question a', 'answer r1', 'question b', 'answer r2', 'question c'])
  })

  it('puts a live answer last when no question says that it is its own', () => {
    expect(shape(view({ detail: detail([asked('1', 'a')], 'r1') }))).toEqual(['question a', 'answer r1'])
  })

  it('shows a question from the moment it is asked', () => {
    expect(shape(view({ pending: pending('a') }))).toEqual(['question a'])
  })

  it('shows a question once while the server already has it and the page does not know yet', () => {
    const messages = [asked('1', 'a', 'r1'), answered('2', 'r1'), asked('3', 'a', 'r2')]
    expect(shape(view({ detail: detail(messages, 'r2'), pending: pending('a', '2') }))).toEqual([
      'question a',
      'answer r1',
      'question a',
      'answer r2',
    ])
  })

  it('shows a question that was asked before again, when it is asked again', () => {
    const messages = [asked('1', 'a', 'r1'), answered('2', 'r1')]
    expect(shape(view({ detail: detail(messages), pending: pending('a', '2') }))).toEqual(['question a', 'answer r1', 'question a'])
  })

  it('shows the answer of a run that this page started before the server is asked again', () => {
    expect(shape(view({ pending: pending('a'), startedRunId: 'r1' }))).toEqual(['question a', 'answer r1'])
  })

  it('shows an answer once when it has ended and the list still calls it live', () => {
    expect(shape(view({ detail: detail([asked('1', 'a', 'r1'), answered('2', 'r1')], 'r1'), startedRunId: 'r1' }))).toEqual([
      'question a',
      'answer r1',
    ])
  })
})

describe('the run that is followed', () => {
  it('is the one that the page started, else the live one, else the last one', () => {
    const messages = [asked('1', 'a', 'r1'), answered('2', 'r1')]
    expect(currentRunId(view({ detail: detail(messages, 'r2'), startedRunId: 'r3' }))).toBe('r3')
    expect(currentRunId(view({ detail: detail(messages, 'r2') }))).toBe('r2')
    expect(currentRunId(view({ detail: detail(messages) }))).toBe('r1')
    expect(currentRunId(view({}))).toBeUndefined()
  })
})
