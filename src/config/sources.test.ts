import { describe, expect, it } from 'vitest'
import { collect } from '../conformance/source/collect.ts'
import { systemClock } from '../core/clock.ts'
import { readSettings } from './settings.ts'
import { openSources } from './sources.ts'

// Nothing listens there; a source that is still open would say that it is refused.
const NOBODY = 'http://127.0.0.1:1/v1'
const EVERYTHING = {
  OPENAI_API_KEY: 'k',
  OPENAI_BASE_URL: NOBODY,
  ANTHROPIC_API_KEY: 'k',
  ANTHROPIC_BASE_URL: NOBODY,
  COMPATIBLE_BOX_BASE_URL: NOBODY,
}

describe('the sources that the settings ask for', () => {
  it('are the simulated model alone without keys and endpoints', async () => {
    await using resources = new AsyncDisposableStack()
    expect(openSources(readSettings({}), systemClock, resources).map(({ name }) => name)).toEqual(['simulated'])
  })

  it('are closed with the composition, those over the network', async () => {
    const resources = new AsyncDisposableStack()
    const sources = openSources(readSettings(EVERYTHING), systemClock, resources)
    expect(sources.map(({ name }) => name)).toEqual(['openai', 'openai-chat', 'anthropic', 'box', 'simulated'])
    await resources.disposeAsync()
    for (const source of sources.filter(({ name }) => name !== 'simulated')) {
      const { thrown } = await collect(source, { model: 'any', messages: [{ role: 'user', content: 'Hi' }], options: {} })
      expect(thrown, source.name).toMatchObject({ code: 'connection', message: expect.stringMatching(/destroyed/i) })
    }
  })
})
