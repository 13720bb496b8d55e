import { describe, expect, it } from 'vitest'
import { type Answer, answerText, createClient, defaultPolicy, type LocatedEvent } from '../../src/client/index.ts'
import { createRandom } from '../../src/sources/simulated/random.ts'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { createServerProcess } from '../support/server-process.ts'

const RUNS = 20
const KILLS = 20
/** The longest answers last about 12 s of a server's life at this speed: longer than all its lives between the kills. */
const TOKENS_PER_SECOND = 200

describe('kill -9 of a server with many runs and readers', () => {
  it(`${KILLS} times at random moments: every answer is its seed's text, nothing is lost or doubled, and all runs and readers end`, async () => {
    await using server = await createServerProcess({ SLUICE_LOG_LEVEL: 'error' })
    await server.start()
    const client = createClient({ baseUrl: server.url, policy: { ...defaultPolicy, baseMs: 50, maxMs: 500 } })
    const questions = Array.from({ length: RUNS }, (_, index) => ({ seed: index + 1, input: `Question ${index + 1}` }))
    const runs = await Promise.all(
      questions.map(({ seed, input }) =>
        client.runs.create({ input, model: 'simulated/long', options: { seed, tokensPerSecond: TOKENS_PER_SECOND } }),
      ),
    )
    const offsets = new Map<string, string[]>(runs.map((run) => [run.id, []]))
    const answers = runs.map(async (run): Promise<Answer> => {
      await client.runs.follow(run.id, {
        onEvent({ offset }: LocatedEvent) {
          offsets.get(run.id)?.push(offset)
        },
      })
      return client.answer(run.id)
    })

    const random = createRandom(2026, 'kill -9')
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, random.integer(50, 550)))
      await server.kill()
      await server.start()
    }

    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      const { seed, input } = questions[index] ?? { seed: 0, input: '' }
      expect(answerText(answer)).toBe(simulatedText('long', seed, input))
      expect(answer.outcome).toBe('completed')
    }
    for (const seen of offsets.values()) expect(seen).toEqual([...new Set(seen)].sort())
    const listed = await client.runs.list({ limit: 100 })
    expect(listed.items.map((run) => run.status)).toEqual(Array.from({ length: RUNS }, () => 'completed'))
    expect(await server.stop()).toBe(0)
  })
})
