/** Stock `useChat` in a real browser, against a real server. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { build, type Rollup } from 'vite'
import { beforeAll, expect } from 'vitest'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { createBreakingProxy } from '../support/breaking-proxy.ts'
import { it, until, type Visit } from './visit.ts'

const ENTRY = fileURLToPath(new URL('use-chat.js', import.meta.url))
const MESSAGE = 'Why do networks break?'
const WHOLE = simulatedText('right-to-left', 1, MESSAGE)

let script = ''
beforeAll(async () => {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, rollupOptions: { input: ENTRY } },
  })) as Rollup.RollupOutput
  script = built.output[0].code.replaceAll('</script', '<\\/script')
})

async function open(visit: Visit, origin: string, asked: Readonly<Record<string, string>>): Promise<Page> {
  const body = `<!doctype html><html lang="en"><title>Chat</title><div id="root"></div><script type="module">${script}</script></html>`
  await visit.context.route('**/plain?*', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }))
  return visit.open(`${origin}/plain?${new URLSearchParams({ message: MESSAGE, model: 'simulated/right-to-left', speed: '60', ...asked })}`)
}

const text = async (page: Page, id: string): Promise<string> => (await page.locator(`#${id}`).textContent()) ?? ''
const begun = (page: Page) => until(async () => (await text(page, 'answer')).length).toBeGreaterThan(40)
const ready = (page: Page) => until(() => text(page, 'status')).toBe('ready')

it('an answer goes on after a reload and after an unmount, each character once', async ({ server, api, visit }) => {
  const page = await open(visit, server.url, { chat: 'reload' })
  await page.locator('#ask').click()
  await begun(page)
  await page.reload()
  await begun(page)
  await page.locator('#toggle').click()
  await page.locator('#toggle').click()
  await begun(page)
  await ready(page)
  expect(await text(page, 'answer')).toBe(WHOLE)
  const { items } = await api.runs.list({ conversationId: 'reload' })
  expect(items.map((run) => run.status)).toEqual(['completed'])
})

it('stop ends the model, also after a reload, and what came stays', async ({ server, api, visit }) => {
  const page = await open(visit, server.url, { chat: 'stop', speed: '20' })
  await page.locator('#ask').click()
  await begun(page)
  await page.reload()
  await begun(page)
  await page.locator('#stop').click()
  await until(async () => (await api.runs.list({ conversationId: 'stop' })).items.map((run) => run.status)).toEqual(['cancelled'])
  await ready(page)
  const came = await text(page, 'answer')
  expect(came.length).toBeGreaterThan(40)
  expect(WHOLE.startsWith(came)).toBe(true)
})

it('a connection that breaks twice is not noticed with resumableFetch', async ({ server, visit }) => {
  visit.expectBrokenNetwork()
  await using proxy = await createBreakingProxy(server.url)
  const page = await open(visit, proxy.url, { chat: 'broken', resumable: 'yes' })
  await page.locator('#ask').click()
  const statuses = new Set<string>()
  for (const length of [40, 120]) {
    await until(async () => (await text(page, 'answer')).length).toBeGreaterThan(length)
    statuses.add(await text(page, 'status'))
    proxy.breakAll()
  }
  await ready(page)
  expect([...statuses]).toEqual(['streaming'])
  expect(await text(page, 'answer')).toBe(WHOLE)
  expect(await text(page, 'messages')).toBe('user assistant')
})
