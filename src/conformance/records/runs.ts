import { describe, expect, it } from 'vitest'
import { OUTCOMES } from '../../core/event.ts'
import type { RunRecord } from '../../ports/records.ts'
import { ALICE, anEnd, aRun, expectCode, type Workbench } from './workbench.ts'

const FULL: RunRecord = aRun('full', {
  input: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Grüße, 你好, 👩‍👩‍👧, \u0000 and "quotes"' },
    { role: 'assistant', content: '', toolCalls: [{ id: 'call-1', name: 'search', input: '{"q":1}' }] },
    { role: 'tool', content: '{"ok":true}', toolCallId: 'call-1' },
  ],
  options: {
    maxOutputTokens: 100,
    temperature: 0.5,
    reasoningEffort: 'low',
    tools: [{ name: 'search', description: 'Looks things up', parameters: { type: 'object', properties: {} } }],
    tokensPerSecond: 0,
    seed: 7,
  },
  conversationId: 'c-full',
  transcript: { question: 'new', messageId: 'theirs' },
  parentId: 'parent',
})

export function runCases({ open }: Workbench): void {
  describe('runs', () => {
    it('a run is read back as it was written, queued', async () => {
      const records = await open()
      expect(await records.createRun(FULL)).toEqual({ result: 'created', run: FULL })
      expect(await records.getRun('full', ALICE)).toEqual(FULL)
      expect(await records.getRun('full')).toEqual(FULL)
    })

    it('a run starts without anything that only happens later', async () => {
      const records = await open()
      const early = aRun('r', {
        status: 'running',
        startedAt: 1,
        endedAt: 2,
        cancelRequestedAt: 3,
        finishReason: 'stop',
        usage: { basis: 'unknown' },
        lease: { holder: 'p', untilMs: 9e9 },
      })
      await records.createRun(early)
      expect(await records.getRun('r')).toEqual(aRun('r'))
    })

    it('what the caller does to its objects afterwards changes nothing', async () => {
      const records = await open()
      const input = [{ role: 'user' as const, content: 'first' }]
      await records.createRun(aRun('r', { input }))
      input[0] = { role: 'user', content: 'second' }
      expect((await records.getRun('r'))?.input).toEqual([{ role: 'user', content: 'first' }])
    })

    it('an unknown run is undefined', async () => {
      const records = await open()
      expect(await records.getRun('none')).toBeUndefined()
      expect(await records.requestCancel('none', ALICE, 1)).toBeUndefined()
      expect(await records.claimRun('none', { holder: 'p', untilMs: 2 }, 1)).toBe(false)
    })

    it('a second run with the same id is a conflict and leaves the first alone', async () => {
      const records = await open()
      await records.createRun(aRun('r', { conversationId: 'c' }))
      await expectCode('conflict', records.createRun(aRun('r', { model: 'simulated/other', conversationId: 'c2' })))
      expect(await records.getRun('r')).toEqual(aRun('r', { conversationId: 'c' }))
      expect(await records.getConversation('c2', ALICE)).toBeUndefined()
    })

    for (const outcome of OUTCOMES) {
      it(`a run that ended ${outcome} keeps all that its end says`, async () => {
        const records = await open()
        await records.createRun(aRun('r'))
        await records.claimRun('r', { holder: 'p', untilMs: 5_000 }, 2_000)
        const error = { type: 'llm', code: 'provider', message: 'It failed.', recoverable: true, attempt: 2 } as const
        const usage = { inputTokens: 1, outputTokens: 0, reasoningTokens: 3, cachedInputTokens: 4, basis: 'estimated' } as const
        await records.endRun('r', { outcome, endedAt: 7_000, finishReason: 'length', error, usage, text: 'x' })
        expect(await records.getRun('r')).toEqual(
          aRun('r', { status: outcome, startedAt: 2_000, endedAt: 7_000, finishReason: 'length', error, usage }),
        )
      })
    }

    it('a run ends once: a second end changes nothing', async () => {
      const records = await open()
      await records.createRun(aRun('r', { conversationId: 'c' }))
      await records.endRun('r', anEnd('cancelled'))
      const before = [await records.getRun('r'), await records.listMessages('c', ALICE, { limit: 10 })]
      await records.endRun('r', anEnd('completed', { text: 'Another answer.', endedAt: 10_000 }))
      expect([await records.getRun('r'), await records.listMessages('c', ALICE, { limit: 10 })]).toEqual(before)
    })

    it('the end of an unknown run is an error, not a success', async () => {
      const records = await open()
      await expectCode('not-found', records.endRun('none', anEnd()))
    })

    it('a queued run can end without ever having started', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      await records.endRun('r', anEnd('cancelled'))
      expect(await records.getRun('r')).toEqual(
        aRun('r', { status: 'cancelled', endedAt: 9_000, usage: { outputTokens: 3, basis: 'reported' } }),
      )
    })

    it('the first request to cancel counts, and an end does not forget it', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      expect((await records.requestCancel('r', ALICE, 2_000))?.cancelRequestedAt).toBe(2_000)
      expect((await records.requestCancel('r', ALICE, 3_000))?.cancelRequestedAt).toBe(2_000)
      await records.endRun('r', anEnd('cancelled'))
      expect((await records.getRun('r'))?.cancelRequestedAt).toBe(2_000)
    })

    it('a request to cancel after the end shows the run and changes nothing', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      await records.endRun('r', anEnd())
      const ended = await records.getRun('r')
      expect(await records.requestCancel('r', ALICE, 10_000)).toEqual(ended)
      expect(await records.getRun('r')).toEqual(ended)
    })

    it('unfinished runs are those of all owners that have not ended, oldest first', async () => {
      const records = await open()
      await records.createRun(aRun('a'))
      await records.createRun(aRun('b', { owner: { tenant: 't', user: 'u' } }))
      await records.createRun(aRun('c'))
      await records.createRun(aRun('d'))
      await records.claimRun('a', { holder: 'p', untilMs: 2 }, 1)
      await records.endRun('c', anEnd('interrupted'))
      expect((await records.unfinishedRuns()).map((run) => run.id)).toEqual(['a', 'b', 'd'])
    })

    it('runs are listed by status and conversation', async () => {
      const records = await open()
      await records.createRun(aRun('a', { conversationId: 'c1' }))
      await records.createRun(aRun('b', { conversationId: 'c1' }))
      await records.createRun(aRun('c', { conversationId: 'c2' }))
      await records.createRun(aRun('d'))
      await records.claimRun('b', { holder: 'p', untilMs: 2 }, 1)
      await records.endRun('d', anEnd('failed'))
      const ids = async (filter: Parameters<typeof records.listRuns>[1]) =>
        (await records.listRuns(ALICE, filter, { limit: 10 })).items.map((run) => run.id)
      expect(await ids({})).toEqual(['d', 'c', 'b', 'a'])
      expect(await ids({ status: 'queued' })).toEqual(['c', 'a'])
      expect(await ids({ status: 'failed' })).toEqual(['d'])
      expect(await ids({ conversationId: 'c1' })).toEqual(['b', 'a'])
      expect(await ids({ conversationId: 'c1', status: 'running' })).toEqual(['b'])
      expect(await ids({ conversationId: 'none' })).toEqual([])
    })
  })
}
