import { describe, expect, it } from 'vitest'
import { collect } from '../conformance/source/collect.ts'
import { systemClock } from '../core/clock.ts'
import { SluiceError } from '../core/errors.ts'
import { startRecordingPlayer } from '../simulators/provider/player.ts'
import { readSettings } from './settings.ts'
import { openSources } from './sources.ts'

describe('the sources that the settings ask for', () => {
  it('are the simulated model alone without keys and endpoints', async () => {
    await using resources = new AsyncDisposableStack()
    expect(openSources(readSettings({}), systemClock, resources).map(({ name }) => name)).toEqual(['simulated'])
  })

  it('are closed with the composition, those over the network', async () => {
    // It has no recordings, so that whoever reaches it is refused with a status.
    const player = await startRecordingPlayer({ recordings: [] })
    await using resources = new AsyncDisposableStack()
    const settings = readSettings({
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: player.url,
      ANTHROPIC_API_KEY: 'k',
      ANTHROPIC_BASE_URL: player.url,
      COMPATIBLE_BOX_BASE_URL: player.url,
    })
    const sources = openSources(settings, systemClock, resources)
    const codes = () =>
      Promise.all(
        sources
          .filter(({ name }) => name !== 'simulated')
          .map(async (source) => {
            const request = { model: 'any', messages: [{ role: 'user', content: 'Hi' }], options: {} } as const
            const { thrown } = await collect(source, request)
            return thrown instanceof SluiceError ? thrown.code : thrown
          }),
      )
    expect(sources.map(({ name }) => name)).toEqual(['openai', 'openai-chat', 'anthropic', 'box', 'simulated'])
    expect(await codes()).toEqual(Array(4).fill('invalid-request'))
    await resources.disposeAsync()
    expect(await codes()).toEqual(Array(4).fill('connection'))
    await player.close()
  })
})
