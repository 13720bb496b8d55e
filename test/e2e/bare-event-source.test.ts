/** The ten lines that a newcomer writes, in a real browser, over a network that breaks. */
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { beforeTheFirstByte, createBreakingProxy, insideFrame } from '../support/breaking-proxy.ts'
import { it, until } from './visit.ts'

const PAGE = fileURLToPath(new URL('bare-event-source.html', import.meta.url))
const MESSAGE = 'Why do networks break?'
const CUTS = [beforeTheFirstByte, insideFrame(3), beforeTheFirstByte, insideFrame(1)]

it('a bare EventSource gets every character once and asks only once, however its connection breaks, and stops at the end', async ({
  server,
  api,
  visit,
}) => {
  visit.expectBrokenNetwork()
  await using proxy = await createBreakingProxy(server.url, '/v1/chat/stream', CUTS)
  await visit.context.route('**/plain?*', (route) => route.fulfill({ path: PAGE }))
  const statuses: number[] = []
  visit.context.on('response', (response) => {
    if (response.url().includes('/v1/chat/stream')) statuses.push(response.status())
  })

  const page = await visit.open(`${proxy.url}/plain?${new URLSearchParams({ message: MESSAGE, model: 'simulated/right-to-left' })}`)
  await until(() => page.locator('#state').textContent()).toBe('closed')

  expect(await page.locator('#answer').textContent()).toBe(simulatedText('right-to-left', 1, MESSAGE))
  expect(await page.locator('#ends').textContent()).toBe('completed')
  expect(proxy.ends).toHaveLength(CUTS.length)
  for (const end of proxy.ends) expect(end).toMatch(/^$|\ndata: .+$/)
  const { items } = await api.runs.list()
  expect(items.map((run) => run.status)).toEqual(['completed'])
  // One request for each cut, one that got the rest, and one that was told that nothing is left.
  expect(proxy.streams).toBe(CUTS.length + 2)
  expect(statuses.at(-1)).toBe(204)
})
