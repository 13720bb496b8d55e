/** A person's browser at a real server: what they do, what they see, and what must never happen meanwhile. */
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { test as base, expect } from 'vitest'
import type { RunOptions } from '../../src/client/api.ts'
import { type Client, createClient } from '../../src/client/client.ts'
import type { Scenario } from '../../src/sources/simulated/scenarios.ts'
import { launchBrowser } from '../support/browser.ts'
import { createServerProcess, type ServerProcess } from '../support/server-process.ts'

const WATCH = fileURLToPath(new URL('watch.js', import.meta.url))
/** How long a person waits for anything, an answer's end included, on a machine that is busy with other things. */
const PATIENCE_MS = 60_000
/** What the browser itself writes to the console when a connection breaks, and when something does not exist. */
const BROKEN_NETWORK = /^Failed to load resource: net::ERR_/
const MISSING = /^Failed to load resource: .* 404 /

export interface Visit {
  readonly context: BrowserContext
  /** Opens a tab at a path of the server, or at the address of a way to it. */
  open(address: string): Promise<Page>
  /** Changes how the answers to this visit's next questions are written. The page has no such door: its requests are changed on their way. */
  answersWith(options: RunOptions): Promise<void>
  /** From now on connections break on purpose, and the browser's own lines about it are no complaint. */
  expectBrokenNetwork(): void
  /** The same for things that do not exist. */
  expectMissing(): void
}

async function openVisit(browser: Browser, origin: string): Promise<{ readonly visit: Visit; readonly complaints: readonly string[] }> {
  const complaints: string[] = []
  const hosts = new Set<string>()
  const expected: RegExp[] = []
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(PATIENCE_MS)
  await context.exposeBinding('complain', (_source, text: string) => void complaints.push(text))
  await context.addInitScript({ path: WATCH })
  context.on('console', (message) => {
    if (message.type() !== 'error' || expected.some((pattern) => pattern.test(message.text()))) return
    complaints.push(`The console says: ${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (thrown) => complaints.push(`A script threw: ${thrown.error().message}`))
  context.on('dialog', (dialog) => {
    complaints.push(`A dialog opened: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (protocol.startsWith('http') && !hosts.has(host)) complaints.push(`A request left for ${request.url()}`)
  })
  const visit: Visit = {
    context,
    async open(address) {
      const url = new URL(address, origin)
      hosts.add(url.host)
      const page = await context.newPage()
      await page.goto(url.href)
      return page
    },
    async answersWith(options) {
      await context.unroute('**/v1/runs')
      await context.route('**/v1/runs', async (route) => {
        const request = route.request()
        if (request.method() !== 'POST') return route.continue()
        return route.continue({ postData: { ...request.postDataJSON(), options } })
      })
    },
    expectBrokenNetwork: () => void expected.push(BROKEN_NETWORK),
    expectMissing: () => void expected.push(MISSING),
  }
  return { visit, complaints }
}

/** Tests with a browser and a server for the whole file, and a visit for each test, which fails when there was anything to complain about. */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await launchBrowser()
    onCleanup(() => browser.close())
    return browser
  })
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }): Promise<ServerProcess> => {
    const server = await createServerProcess({ SLUICE_LOG_LEVEL: 'warn' })
    onCleanup(() => server[Symbol.asyncDispose]())
    await server.start()
    return server
  })
  .extend('api', { scope: 'file' }, ({ server }): Client => createClient({ baseUrl: server.url }))
  .extend('visit', async ({ browser, server }, { onCleanup }): Promise<Visit> => {
    const { visit, complaints } = await openVisit(browser, server.url)
    onCleanup(async () => {
      await visit.context.close()
      expect(complaints).toEqual([])
    })
    return visit
  })

/** Types a question and sends it. @param scenario chosen before; else the model stays the one that was chosen last, or the default. */
export async function ask(page: Page, question: string, scenario?: Scenario): Promise<void> {
  if (scenario !== undefined) await page.getByLabel('Model').selectOption(`simulated/${scenario}`)
  await composer(page).fill(question)
  await composer(page).press('Enter')
}

export function composer(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Your question' })
}

/** An answer as the page shows it; see `AnswerElement` of the page. */
export interface Shown {
  readonly text: string
  readonly runId: string
  /** Empty while it is being written. */
  readonly outcome: string
}

/** @param index which answer of the conversation, from 0. Waits until it is there. */
export async function shown(page: Page, index = 0): Promise<Shown> {
  return answer(page, index).evaluate((element) => ({
    text: String(Reflect.get(element, 'answerText')),
    runId: element.dataset['runId'] ?? '',
    outcome: element.dataset['outcome'] ?? '',
  }))
}

export function answer(page: Page, index = 0): Locator {
  return page.getByRole('article', { name: 'Answer' }).nth(index)
}

/** Waits until so many characters of an answer are shown. */
export async function shows(page: Page, characters: number, index = 0): Promise<void> {
  await until(async () => (await shown(page, index)).text.length).toBeGreaterThan(characters)
}

/** Waits for an answer's end, and gives what is shown then. */
export async function ended(page: Page, index = 0): Promise<Shown> {
  await until(async () => (await shown(page, index)).outcome).not.toBe('')
  return shown(page, index)
}

/** An expectation that becomes true in a person's time. */
export function until<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: PATIENCE_MS, interval: 50 })
}
