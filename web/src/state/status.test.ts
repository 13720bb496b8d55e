import { describe, expect, it } from 'vitest'
import { type Answer, EMPTY_ANSWER } from '../../../src/core/fold.ts'
import { endAnnouncement, endNote, liveStatus, type StatusInput } from './status.ts'

const input = (patch: Partial<StatusInput>): StatusInput => ({
  answer: EMPTY_ANSWER,
  connection: 'streaming',
  statusIsNews: false,
  stopping: false,
  online: true,
  ...patch,
})
const withText: Answer = { ...EMPTY_ANSWER, parts: [{ kind: 'text', id: '0', text: 'one two', done: false }] }
const waiting: Answer = { ...withText, status: { status: 'waiting', message: 'Busy. Trying again in 5 s.' } }

describe('what is said while an answer is written', () => {
  it('is what the run said last, as long as no text came after it', () => {
    expect(liveStatus(input({ answer: waiting, statusIsNews: true }))?.text).toBe('Busy. Trying again in 5 s.')
    expect(liveStatus(input({ answer: waiting }))?.text).toBe('Writing…')
  })

  it('calls a broken connection neither an error nor an end', () => {
    expect(liveStatus(input({ answer: withText, connection: 'waiting' }))).toEqual({ tone: 'trouble', text: 'Reconnecting…' })
    expect(liveStatus(input({ answer: withText, connection: 'offline', online: false }))?.text).toBe(
      'Offline. The answer goes on when you are back.',
    )
  })

  it('believes a connection that works more than a browser that says it is offline', () => {
    expect(liveStatus(input({ answer: withText, online: false }))?.text).toBe('Writing…')
  })

  it('is nothing once the answer has ended', () => {
    expect(liveStatus(input({ answer: { ...withText, outcome: 'completed' }, connection: 'waiting' }))).toBeUndefined()
  })
})

describe('what is said at the end', () => {
  it('is nothing for a whole answer, and a sentence for every other end', () => {
    expect(endNote({ ...withText, outcome: 'completed', finishReason: 'stop' })).toBeUndefined()
    expect(endNote({ ...withText, outcome: 'completed', finishReason: 'length' })?.text).toBe('Reached the length limit')
    expect(endNote({ ...withText, outcome: 'cancelled' })).toEqual({ tone: 'quiet', text: 'Stopped' })
    expect(endNote({ ...withText, outcome: 'interrupted' })?.tone).toBe('problem')
    expect(endNote({ ...withText, outcome: 'failed' })?.text).toBe('The answer could not be written.')
  })

  it('tells screen readers how long the answer is', () => {
    expect(endAnnouncement({ ...withText, outcome: 'completed' }, 'one two')).toBe('Done, 2 words.')
    expect(endAnnouncement({ ...withText, outcome: 'cancelled' }, 'one')).toBe('Stopped, 1 word.')
  })
})
