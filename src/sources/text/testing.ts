/** What tests of this folder share. */
import { expect } from 'vitest'
import { answerOf, collect, disorder } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import type { SourceRequest } from '../../ports/source.ts'
import { createTextSource, type TextSourceOptions } from './source.ts'

export const TEXT = 'Water finds a way: 一滴水, 😀 and 👩‍👩‍👧, été.'
export const WORDS = TEXT.split(/(?<= )/)

export function ask(model = 'default'): SourceRequest {
  return { model, messages: [{ role: 'user', content: 'Hi' }], options: {} }
}

export function of(open: TextSourceOptions['open']) {
  return createTextSource({ name: 'mine', open })
}

/** What came, as one text, and what was thrown. */
export async function read(open: TextSourceOptions['open']) {
  const { events, thrown } = await collect(of(open), ask())
  expect(disorder(events)).toEqual([])
  return { events, thrown, text: answerText(answerOf(events)) }
}

/** A stream that gives its chunks one per pull and tells whether it was cancelled. `end`: what happens behind the last one. */
export function streamOf<T>(chunks: readonly T[], end: 'close' | 'hang' | 'fail') {
  let at = 0
  const state = { cancelled: false, pulled: 0 }
  const stream = new ReadableStream<T>(
    {
      pull(controller) {
        state.pulled++
        const chunk = chunks[at++]
        if (chunk !== undefined) return controller.enqueue(chunk)
        if (end === 'close') return controller.close()
        if (end === 'fail') return controller.error(new Error('the pipe burst'))
        return new Promise<void>(() => {})
      },
      cancel() {
        state.cancelled = true
        // Whoever cancels must not wait for this.
        return new Promise<void>(() => {})
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, state }
}
