import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../core/event.ts'
import { framesOf } from './frames.ts'

/** An event as another version may have written it. */
function foreign(event: object): RunEvent {
  return event as RunEvent
}

function dataOf(event: RunEvent): unknown {
  return JSON.parse(/^data: (.*)$/m.exec(framesOf('1', event))?.[1] ?? '')
}

describe('the frame of an event with a field that is missing or of another type', () => {
  const metadata = { token_count: 0, is_code: false, is_link: false }
  it.each([
    [{ type: 'text-delta' }, { content: null, metadata }],
    [foreign(JSON.parse('{"type":"text-delta","text":"a","tokens":1e999}')), { content: 'a', metadata }],
    [{ type: 'reasoning-delta' }, { content: null }],
    [{ type: 'notice' }, null],
    [
      { type: 'data', name: 'plan', data: 1, at: ['2026'] },
      { name: 'plan', data: 1 },
    ],
  ])('is JSON all the same: %j', (event, data) => {
    expect(dataOf(foreign(event))).toEqual(data)
  })
})
