/** Everybody can use the page: without a mouse, with a screen reader, in light and in dark, on a telephone and on a desk. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { answer, ask, ended, it, shows, until } from './visit.ts'

const QUESTION = 'What is a log?'
const WIDTHS = [390, 1440]
const SCHEMES = ['light', 'dark'] as const

describe('the page', () => {
  it('needs no mouse: Enter asks, Stop is a step of Tab away, and the next question can be typed at once', async ({ api, visit }) => {
    await visit.answersWith({ seed: 1, tokensPerSecond: 60 })
    const page = await visit.open('/')
    await until(() => focused(page)).toBe('Your question')
    await page.keyboard.type(QUESTION)
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('In two lines.')
    await page.keyboard.press('Enter')
    await shows(page, 100)
    expect(await page.getByRole('article', { name: 'Question' }).innerText()).toBe(`${QUESTION}\nIn two lines.`)

    await until(() => focused(page)).toBe('Your question')
    for (let step = 0; step < 3 && (await focused(page)) !== 'Stop'; step++) await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Stop')
    await page.keyboard.press('Enter')
    const { runId, outcome } = await ended(page)
    expect(outcome).toBe('cancelled')
    expect((await api.runs.get(runId)).status).toBe('cancelled')

    await until(() => focused(page)).toBe('Your question')
    await page.keyboard.type('And then?')
    await page.keyboard.press('Enter')
    await shows(page, 100, 1)
  })

  it('has no serious fault that axe finds when it is empty, on a telephone also with the conversations open', async ({ visit }) => {
    const page = await visit.open('/')
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
    await expectNoFaults(page)
    await page.setViewportSize({ width: 390, height: 800 })
    await page.getByRole('button', { name: 'Conversations' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'New chat' }).waitFor()
    await expectNoFaultsHere(page, 'drawer')
  })

  it('has none while an answer is written', async ({ visit }) => {
    await visit.answersWith({ seed: 1, tokensPerSecond: 1_000 })
    const page = await visit.open('/')
    // Says something, then nothing for minutes: a state that stays for as long as it takes to look at it.
    await ask(page, QUESTION, 'stall')
    await answer(page).getByText('I will think about this').waitFor()
    await expectNoFaults(page)
    await page.getByRole('button', { name: 'Stop' }).click()
    expect((await ended(page)).outcome).toBe('cancelled')
  })

  it('has none when an answer with code, tables and tools has ended', async ({ visit }) => {
    await visit.answersWith({ seed: 1, tokensPerSecond: 0 })
    const page = await visit.open('/')
    await ask(page, QUESTION, 'code-and-tables')
    await ended(page)
    await ask(page, 'And the tide?', 'tool-calls')
    await ended(page, 1)
    await expectNoFaults(page)
  })
})

async function focused(page: Page): Promise<string | null> {
  return page.locator(':focus').getAttribute('aria-label', { timeout: 1_000 })
}

async function expectNoFaults(page: Page): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      await expectNoFaultsHere(page, `${width} px, ${colorScheme}`)
    }
  }
}

async function expectNoFaultsHere(page: Page, where: string): Promise<void> {
  // Motion has to be over: colours half-way are not the page's.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const faults = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  expect(faults, where).toEqual([])
}
