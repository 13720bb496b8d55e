/** Signing in and watching, in a real browser at a server that asks for credentials; and an answer that wants to tell others that it was read. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { sluice } from '../support/program.ts'
import { createServerProcess, type ServerProcess } from '../support/server-process.ts'

const SECRET = 'a-secret-of-browser-tests-that-is-long'
const SHOTS = process.env['SLUICE_SHOTS']

let server: ServerProcess
let browser: Browser
let key: string
beforeAll(async () => {
  server = await createServerProcess({ SLUICE_SECRET: SECRET, SLUICE_LOG_LEVEL: 'error' })
  await server.start()
  browser = await launchBrowser()
  key = (await sluice(['keys', 'create', '--name', 'alice', '--url', server.url], { SLUICE_SECRET: SECRET })).stdout.trim()
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function open(path: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
  await page.goto(server.url + path)
  return page
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  for (const [colorScheme, width] of [
    ['light', 390],
    ['dark', 1440],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 800 })
    await page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png` })
  }
}

async function api(path: string, body: unknown): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return (await (await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as Record<string, string>
}

describe('the page of a server that asks for credentials', () => {
  it('lets nobody in with a wrong key, and keeps who is signed in over a reload', async () => {
    const page = await open('/')
    await page.getByLabel('API key').fill('sl_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('not one of this server')
    await shot(page, 'sign-in')
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Your question').waitFor()
    await page.reload()
    await page.getByLabel('Your question').fill('Hello')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('.answer').first().waitFor()
    expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain('sl_')
  })

  it('shows a shared run live to somebody without a key, counts who watches, and nothing after the link was taken back', async () => {
    const run = await api('/v1/runs', { input: 'Q', model: 'simulated/long', options: { seed: 1, tokensPerSecond: 20 } })
    const link = await api(`/v1/runs/${run['id']}/links`, {})
    const page = await open(new URL(link['url'] ?? '').pathname)
    await page.getByText('1 watching').waitFor()
    await expect.poll(async () => (await page.locator('.answer .markdown').first().textContent())?.length ?? 0).toBeGreaterThan(20)
    expect(await page.getByRole('button', { name: /Stop|Send/ }).count()).toBe(0)
    await shot(page, 'watch')
    await fetch(`${server.url}/v1/links/${link['id']}`, { method: 'DELETE', headers: { authorization: `Bearer ${key}` } })
    await page.getByText('This link has ended').waitFor()
    await shot(page, 'watch-ended')
    await page.reload()
    await page.getByText('This link has ended').waitFor()
  })

  it('says so when a link is not complete', async () => {
    const page = await open('/watch/abc')
    await page.getByText('This link is not complete').waitFor()
  })
})
