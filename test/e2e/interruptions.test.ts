/** What may come between a person and an answer: none of it costs a character. */
import { describe, expect } from 'vitest'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { type BreakingProxy, createBreakingProxy } from '../support/breaking-proxy.ts'
import { answer, ask, ended, it, shown, shows, until, type Visit } from './visit.ts'

const QUESTION = 'What happens when the network breaks?'
const SEED = 7
const EXPECTED = simulatedText('long', SEED, QUESTION)
/** An answer of some 14 s. */
const TOKENS_PER_SECOND = 150

describe('an answer that is being written', () => {
  it('goes on after a reload and after kill -9 of the server, in mid-answer both, and is shown whole without anybody doing anything', async ({
    server,
    api,
    visit,
  }) => {
    await visit.answersWith({ seed: SEED, tokensPerSecond: TOKENS_PER_SECOND })
    const page = await visit.open('/')
    await ask(page, QUESTION, 'long')
    await shows(page, 400)
    await page.reload()
    await shows(page, 1_200)

    visit.expectBrokenNetwork()
    await server.kill()
    await page.getByText('Reconnecting…').waitFor()
    const { text: beforeRestart } = await shown(page)
    expect(beforeRestart).toBe(EXPECTED.slice(0, beforeRestart.length))
    expect(beforeRestart.length).toBeLessThan(EXPECTED.length)
    await server.start()

    const { text, runId, outcome } = await ended(page)
    expect(text).toBe(EXPECTED)
    expect(outcome).toBe('completed')
    expect((await api.runs.get(runId)).text).toBe(EXPECTED)
    expect((await api.runs.list()).items).toHaveLength(1)
  })

  it('looks the same when it was read piece by piece, through breaks, as when it is opened whole', async ({ visit }) => {
    await visit.answersWith({ seed: SEED, tokensPerSecond: 1_000 })
    const page = await visit.open('/')
    await ask(page, QUESTION, 'long')
    await shows(page, 400)
    await page.reload()
    expect((await ended(page)).text).toBe(EXPECTED)
    const pieces = await answer(page).innerHTML()
    await page.reload()
    await until(() => answer(page).innerHTML()).toBe(pieces)
  })

  it('is whole after the network was gone in mid-answer and came back when the answer had ended', async ({ server, api, visit }) => {
    await using network = await createBreakingProxy(server.url)
    await visit.answersWith({ seed: SEED, tokensPerSecond: 400 })
    const page = await visit.open(network.url)
    await ask(page, QUESTION, 'long')
    await shows(page, 400)

    await loseNetwork(visit, network)
    await page.getByText('Offline. The answer goes on when you are back.').waitFor()
    const { text: beforeReturn, runId } = await shown(page)
    expect(beforeReturn.length).toBeLessThan(EXPECTED.length)
    await until(async () => (await api.runs.get(runId)).status).toBe('completed')
    expect((await shown(page)).text).toBe(beforeReturn)
    await visit.context.setOffline(false)

    expect(await ended(page)).toEqual({ text: EXPECTED, runId, outcome: 'completed' })
  })

  it('goes on when the network was gone for a moment', async ({ server, visit }) => {
    await using network = await createBreakingProxy(server.url)
    await visit.answersWith({ seed: SEED, tokensPerSecond: TOKENS_PER_SECOND })
    const page = await visit.open(network.url)
    await ask(page, QUESTION, 'long')
    await shows(page, 400)

    await loseNetwork(visit, network)
    await page.getByText('Offline. The answer goes on when you are back.').waitFor()
    await visit.context.setOffline(false)

    await shows(page, 1_200)
    expect((await shown(page)).outcome).toBe('')
    expect((await ended(page)).text).toBe(EXPECTED)
  })

  it('is asked for when the network is back, if it was gone when the person asked', async ({ api, visit }) => {
    await visit.answersWith({ seed: SEED, tokensPerSecond: 1_000 })
    const page = await visit.open('/')
    await page.getByText('Conversations are kept here.').or(page.getByRole('listitem')).first().waitFor()
    visit.expectBrokenNetwork()
    await visit.context.setOffline(true)
    await ask(page, QUESTION)
    await page.getByText('Offline. The question is sent when you are back.').waitFor()
    const before = (await api.runs.list()).items.length
    await visit.context.setOffline(false)

    expect((await ended(page)).text).toBe(EXPECTED)
    expect((await api.runs.list()).items).toHaveLength(before + 1)
  })
})

/** The browser is told that it is offline, and what is open breaks; a browser's own switch leaves open connections alone. */
async function loseNetwork(visit: Visit, network: BreakingProxy): Promise<void> {
  visit.expectBrokenNetwork()
  await visit.context.setOffline(true)
  network.breakAll()
}
