/** Real streams of the Responses API. The folder is not part of the repository: set SLUICE_FIXTURES where it lies elsewhere. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answerOf, collect, disorder, openParts } from '../../conformance/source/collect.ts'
import { answerText } from '../../core/fold.ts'
import { startRecordingPlayer } from '../../simulators/provider/player.ts'
import { loadRecordings } from '../../simulators/provider/recordings.ts'
import { readBody as readWith } from '../shared/testing/read-body.ts'
import { asObject, objectAt, objectsAt, textAt, type Wire } from '../shared/wire.ts'
import { createNormaliser } from './normalise.ts'
import { createOpenAISource } from './source.ts'

const folder = join(process.env['SLUICE_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures'), 'provider-streams')

const readBody = (bytes: Uint8Array, sizes?: readonly number[]) =>
  readWith(
    createNormaliser((text) => text),
    bytes,
    sizes,
  )

describe.skipIf(!existsSync(folder))('a recorded stream of the Responses API', async () => {
  const recordings = existsSync(folder) ? (await loadRecordings(folder)).filter(({ api }) => api === 'openai-responses') : []

  it('is there', () => {
    expect(recordings.length).toBeGreaterThan(5)
  })

  for (const { name, bytes } of recordings) {
    const terminal = terminalOf(bytes)
    if (terminal['type'] === 'response.failed') {
      it(`${name} fails as recorded`, async () => {
        const { events, error } = await readBody(bytes)
        expect(error).toMatchObject({ code: 'quota', retryable: false })
        expect(events.map(({ type }) => type)).toEqual(['response'])
      })
      continue
    }

    it(`${name} gives the text, the calls and the usage of its own terminal event`, async () => {
      const { events, error } = await readBody(bytes, [1_000, 7])
      expect(error).toBeUndefined()
      const answer = answerOf(events)
      const response = objectAt(terminal, 'response')
      expect(answerText(answer)).toBe(contentOf(response, 'message', 'content'))
      expect(textOf(answer.parts.filter(({ kind }) => kind === 'reasoning'))).toBe(contentOf(response, 'reasoning', 'summary'))
      expect(answer.parts.filter(({ kind }) => kind === 'tool').map((part) => ('input' in part ? part.input : ''))).toEqual(
        objectsAt(response, 'output').flatMap((item) => textAt(item, 'arguments') ?? textAt(item, 'code') ?? []),
      )
      const usage = objectAt(response, 'usage')
      expect(events.at(-1)).toMatchObject({
        type: 'finish',
        usage: { inputTokens: usage?.['input_tokens'], outputTokens: usage?.['output_tokens'], basis: 'reported' },
      })
      expect(disorder(events)).toEqual([])
      expect(openParts(events)).toEqual([])
    })
  }

  it('reads the same over HTTP', async () => {
    const player = await startRecordingPlayer({ recordings })
    await using source = createOpenAISource({ apiKey: 'sk-test', baseUrl: player.url })
    for (const { name, bytes } of recordings) {
      player.enqueue({ recording: name, faults: { chunkSizes: [977] } })
      const { events } = await collect(source, { model: 'any', messages: [{ role: 'user', content: 'Hi' }], options: {} })
      expect(events).toEqual((await readBody(bytes)).events)
    }
    await player.close()
  })
})

function terminalOf(bytes: Uint8Array): Wire {
  const last = new TextDecoder()
    .decode(bytes)
    .trim()
    .split('\n')
    .findLast((line) => line.startsWith('data: '))
  return asObject(JSON.parse(last?.slice('data: '.length) ?? '{}')) ?? {}
}

function contentOf(response: Wire | undefined, type: string, field: string): string {
  const items = objectsAt(response, 'output').filter((item) => item['type'] === type)
  return items.flatMap((item) => objectsAt(item, field).map((part) => textAt(part, 'text') ?? '')).join('')
}

function textOf(parts: readonly object[]): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join('')
}
