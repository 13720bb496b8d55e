import { describe, expect, it } from 'vitest'
import { answerOf, collect } from '../../conformance/source/collect.ts'
import { sourceConformance } from '../../conformance/source/index.ts'
import { answerText } from '../../core/fold.ts'
import { createFakeClock, type FakeClock } from '../../core/testing/fake-clock.ts'
import type { SourceOptions, SourceRequest } from '../../ports/source.ts'
import { DEFAULT_STALL_MS, SCENARIOS, simulatedText } from './scenarios.ts'
import { createSimulatedSource } from './source.ts'

const QUESTION = 'How do durable streams work?'

function ask(model: string, options: SourceOptions = { tokensPerSecond: 0 }): SourceRequest {
  return { model, messages: [{ role: 'user', content: QUESTION }], options }
}

sourceConformance('simulated', async () => {
  const clock = createFakeClock()
  return {
    source: createSimulatedSource({ clock }),
    completes: ask('tool-calls'),
    stalls: ask('stall'),
    breaks: ask('mid-stream-error'),
    released: async () => expect(clock.pending).toBe(0),
    close: async () => {},
  }
})

/** Starts reading an answer; `texts` grows as they come. */
function start(clock: FakeClock, request: SourceRequest) {
  const texts: string[] = []
  const controller = new AbortController()
  const done = (async () => {
    for await (const event of createSimulatedSource({ clock }).stream(request, { signal: controller.signal })) {
      if (event.type === 'text-delta') texts.push(event.text)
    }
  })()
  return { texts, controller, done }
}

/** Lets everything that is due run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('the simulated source', () => {
  it('says the text of its script, whole, for every scenario and seed', async () => {
    const clock = createFakeClock()
    for (const scenario of SCENARIOS.filter((name) => name !== 'stall')) {
      for (const seed of [1, 77]) {
        const { events, thrown } = await collect(createSimulatedSource({ clock }), ask(scenario, { tokensPerSecond: 0, seed }))
        expect(answerText(answerOf(events))).toBe(simulatedText(scenario, seed, QUESTION))
        if (scenario === 'mid-stream-error') expect(thrown).toMatchObject({ code: 'provider', retryable: true })
        else expect(thrown).toBeUndefined()
      }
    }
  })

  it('keeps the pace: after n seconds n times the rate, whatever the timers do', async () => {
    const clock = createFakeClock()
    const { texts, controller, done } = start(clock, ask('long', { tokensPerSecond: 50 }))
    await turns()
    expect(texts).toHaveLength(0)
    clock.advance(1_000)
    await turns()
    expect(texts).toHaveLength(50 - 12)
    for (let step = 0; step < 100; step++) {
      clock.advance(10)
      await turns()
    }
    expect(texts).toHaveLength(100 - 12)
    controller.abort(new Error('enough'))
    await expect(done).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })

  it('has a pace of 40 tokens a second by default', async () => {
    const clock = createFakeClock()
    const { texts, controller, done } = start(clock, ask('long', {}))
    await turns()
    clock.advance(10_000)
    await turns()
    expect(texts).toHaveLength(400 - 12)
    controller.abort(new Error('enough'))
    await expect(done).rejects.toThrow('enough')
  })

  it('gives others a turn while it runs at full speed', async () => {
    let turnsOfOthers = 0
    let running = true
    const other = (): void => {
      turnsOfOthers++
      if (running) setImmediate(other)
    }
    setImmediate(other)
    await collect(createSimulatedSource({ clock: createFakeClock() }), ask('long'))
    running = false
    expect(turnsOfOthers).toBeGreaterThan(20)
  })

  it('stalls for its time at any speed, then ends normally', async () => {
    const clock = createFakeClock()
    const { texts, done } = start(clock, ask('stall'))
    await turns()
    const before = texts.join('')
    expect(before).toMatch(/say nothing meanwhile$/)
    clock.advance(DEFAULT_STALL_MS - 1)
    await turns()
    expect(texts.join('')).toBe(before)
    clock.advance(1)
    await done
    expect(texts.join('')).toBe(simulatedText('stall', 1, QUESTION))
  })

  it('reports exactly the tokens that this attempt said', async () => {
    const source = createSimulatedSource({ clock: createFakeClock() })
    const whole = await collect(source, ask('tool-calls'))
    const deltas = whole.events.filter((event) => 'text' in event)
    expect(whole.events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: {
        inputTokens: 6,
        outputTokens: deltas.length,
        reasoningTokens: deltas.filter(({ type }) => type === 'reasoning-delta').length,
        basis: 'reported',
      },
    })
    const resumed = await collect(source, ask('tool-calls'), { resume: { answer: answerOf(whole.events.slice(0, 100)) } })
    const kept = whole.events.slice(0, 100).filter((event) => 'text' in event).length
    expect(resumed.events.at(-1)).toMatchObject({ usage: { outputTokens: deltas.length - kept } })
  })

  it('fails at the same place again when it is resumed there', async () => {
    const source = createSimulatedSource({ clock: createFakeClock() })
    const { events } = await collect(source, ask('mid-stream-error'))
    const again = await collect(source, ask('mid-stream-error'), { resume: { answer: answerOf(events) } })
    expect(again.events.map(({ type }) => type)).toEqual(['response'])
    expect(again.thrown).toMatchObject({ code: 'provider' })
  })

  it('refuses what it cannot do, naming what it can', async () => {
    const source = createSimulatedSource({ clock: createFakeClock() })
    expect(() => source.capabilities('gpt-5')).toThrow(/short, long/)
    expect((await collect(source, ask('constructor'))).thrown).toMatchObject({ code: 'invalid-request' })
    for (const options of [{ tokensPerSecond: -1 }, { tokensPerSecond: Number.NaN }, { seed: 0.5 }]) {
      expect((await collect(source, ask('short', options))).thrown).toMatchObject({ code: 'invalid-request' })
    }
  })
})
