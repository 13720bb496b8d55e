/** Conversations: made by asking, listed, found again by their address, and remembered. */
import { describe, expect } from 'vitest'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { tokenize } from '../../src/sources/simulated/tokens.ts'
import { answer, ask, composer, ended, it, until } from './visit.ts'

const SEED = 5
const FIRST = 'Which way does the river run?'
const SECOND = 'Why that way?'

const tokens = (...texts: readonly string[]): number => texts.reduce((sum, text) => sum + tokenize(text).length, 0)

describe('conversations', () => {
  it('are listed when asked in, open at their address, and go into the next prompt', async ({ api, visit }) => {
    await visit.answersWith({ seed: SEED, tokensPerSecond: 500 })
    const page = await visit.open('/')
    await ask(page, FIRST, 'short')
    const firstText = simulatedText('short', SEED, FIRST)
    expect((await ended(page)).text).toBe(firstText)
    const listed = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: FIRST })
    await listed.waitFor()
    expect(await listed.getAttribute('aria-current')).toBe('page')
    expect(await page.title()).toBe(`${FIRST} · Sluice`)
    const address = page.url()
    expect(new URL(address).pathname).toMatch(/^\/c\/conv_[0-9a-f]{32}$/)

    await page.getByRole('link', { name: 'New chat' }).click()
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
    expect(await answer(page).count()).toBe(0)
    await page.goBack()
    expect((await ended(page)).text).toBe(firstText)
    await page.close()

    const again = await visit.open(address)
    expect((await ended(again)).text).toBe(firstText)
    await again.getByRole('article', { name: 'Question' }).getByText(FIRST).waitFor()
    await ask(again, SECOND, 'short')
    const { text, runId } = await ended(again, 1)
    expect(text).toBe(simulatedText('short', SEED, SECOND))
    // The simulated model counts what it was given.
    expect((await api.runs.get(runId)).usage?.inputTokens).toBe(tokens(FIRST, firstText, SECOND))
  })

  it('keep what was typed and not sent, each its own, over a reload', async ({ visit }) => {
    const page = await visit.open('/')
    await composer(page).fill('half a thou')
    await page.reload()
    await until(() => composer(page).inputValue()).toBe('half a thou')
  })

  it('that do not exist say so and lead to a new chat', async ({ visit }) => {
    visit.expectMissing()
    const page = await visit.open('/c/conv_00000000000000000000000000000000')
    await page.getByRole('heading', { name: 'There is no such conversation' }).waitFor()
    await page.getByRole('link', { name: 'Start a new chat' }).click()
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
  })
})
