import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import type { Observation } from '../ports/observer.ts'
import { compose } from './compose.ts'
import { readSettings } from './settings.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function setUp(env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-compose-'))
  folders.push(folder)
  const clock = createFakeClock()
  const seen: Observation[] = []
  const settings = readSettings({ SLUICE_DATA_DIR: folder, SLUICE_SWEEP_INTERVAL_MS: '1000', ...env })
  const make = () => compose({ settings, clock, observer: (one) => seen.push(one) })
  return { folder, clock, seen, make }
}

describe('a composition', () => {
  it('is ready from its start to its stop, and gives its folder and its timers back', async () => {
    const { clock, make } = setUp()
    const first = make()
    const ready = async (): Promise<number> => (await first.app.fetch(new Request('http://localhost/readyz'))).status
    expect(await ready()).toBe(503)
    expect(make).toThrow(/in use by process/)
    await first.start()
    expect(await ready()).toBe(200)
    await first.stop()
    await first.stop()
    expect(await ready()).toBe(503)
    expect(clock.pending).toBe(0)
    await make().stop()
  })

  it('offers the models of every source that the settings ask for, the default first', async () => {
    const sourcesOf = async (env: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const { runs, stop } = setUp(env).make()
      await stop()
      return [...new Set(runs.models.map((model) => model.split('/')[0] ?? ''))]
    }
    expect(await sourcesOf({})).toEqual(['simulated'])
    const url = 'http://127.0.0.1:9/v1'
    expect(
      await sourcesOf({
        OPENAI_API_KEY: 'k',
        ANTHROPIC_API_KEY: 'k',
        COMPATIBLE_MY_BOX_BASE_URL: url,
        COMPATIBLE_MY_BOX_MODELS: 'org/qwen3',
        COMPATIBLE_SILENT_BASE_URL: url,
        SLUICE_DEFAULT_MODEL: 'silent/anything',
      }),
    ).toEqual(['silent', 'openai', 'openai-chat', 'anthropic', 'my-box', 'simulated'])
  })

  it('that cannot open its storage leaves nothing open', async () => {
    const { folder, make } = setUp()
    writeFileSync(join(folder, 'records.db'), 'This is not a database. '.repeat(100))
    expect(make).toThrow(/records\.db/)
    rmSync(join(folder, 'records.db'))
    await expect.poll(() => make().stop()).toEqual({ handedOver: 0 })
  })

  it('sweeps each interval and tells of each sweep once', async () => {
    const { clock, seen, make } = setUp()
    const { stop } = make()
    const sweeps = (): number => seen.filter((one) => one.type === 'swept').length
    clock.advance(1_000)
    await expect.poll(sweeps).toBeGreaterThan(0)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(sweeps()).toBe(1)
    clock.advance(1_000)
    await expect.poll(sweeps).toBe(2)
    await stop()
  })
})
