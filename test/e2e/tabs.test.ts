/** Two tabs of one browser at one conversation: two windows on the same thing. */
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { answer, ask, ended, it, shown, shows, until } from './visit.ts'

const SEED = 3
const FIRST = 'What is a log?'
const SECOND = 'And who reads it?'

describe('two tabs', () => {
  it('show the same while an answer is written and at its end, and a question asked in one appears in the other', async ({ visit }) => {
    // Slow enough that both tabs are there before an answer ends, also on a busy machine.
    await visit.answersWith({ seed: SEED, tokensPerSecond: 80 })
    const left = await visit.open('/')
    await ask(left, FIRST, 'code-and-tables')
    await left.waitForURL('**/c/*')
    const right = await visit.open(left.url())
    await bothGrow(left, right, simulatedText('code-and-tables', SEED, FIRST), 0)

    await ask(right, SECOND)
    await left.getByText(SECOND).waitFor()
    await bothGrow(left, right, simulatedText('long', SEED, SECOND), 1)
    expect(await answer(left, 1).locator('.markdown').innerHTML()).toBe(await answer(right, 1).locator('.markdown').innerHTML())
  })

  it('both stop when Stop is pressed in one, and keep the same part of the answer', async ({ api, visit }) => {
    await visit.answersWith({ seed: SEED, tokensPerSecond: 60 })
    const left = await visit.open('/')
    await ask(left, FIRST, 'long')
    await left.waitForURL('**/c/*')
    const right = await visit.open(left.url())
    await shows(right, 200)
    await right.getByRole('button', { name: 'Stop' }).click()

    const seen = await ended(left)
    expect(await ended(right)).toEqual(seen)
    const expected = simulatedText('long', SEED, FIRST)
    const run = await api.runs.get(seen.runId)
    expect(run.status).toBe('cancelled')
    expect(seen).toEqual({ text: run.text, runId: run.id, outcome: 'cancelled' })
    expect(run.text.length).toBeGreaterThan(200)
    expect(run.text.length).toBeLessThan(expected.length)
    expect(expected.startsWith(run.text)).toBe(true)
    for (const page of [left, right]) {
      await answer(page).getByText('Stopped').waitFor()
      await page.getByRole('button', { name: 'Send' }).waitFor()
    }
  })
})

/** Looks at both tabs again and again until the answer has ended: each always shows a beginning of the text, and in the end all of it. */
async function bothGrow(left: Page, right: Page, expected: string, index: number): Promise<void> {
  await shows(left, 100, index)
  await shows(right, 100, index)
  const looks: (readonly [string, string])[] = []
  await until(async () => {
    const both = await Promise.all([shown(left, index), shown(right, index)])
    looks.push([both[0].text, both[1].text])
    return both.map(({ outcome }) => outcome)
  }).toEqual(['completed', 'completed'])
  expect(looks[0]?.map((text) => text.length < expected.length)).toEqual([true, true])
  for (const text of looks.flat()) expect(text).toBe(expected.slice(0, text.length))
  expect(looks.at(-1)).toEqual([expected, expected])
}
