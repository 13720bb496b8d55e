import { describe, expect, it } from 'vitest'
import { OUTCOMES } from '../../core/event.ts'
import { ALICE, anEnd, aRun, BOB, expectCode, type Workbench } from './workbench.ts'

const ask = (id: string, content: string, createdAt: number) =>
  aRun(id, { conversationId: 'c', createdAt, input: [{ role: 'user', content }] })

export function conversationCases({ open }: Workbench): void {
  describe('conversations and messages', () => {
    it('the first run makes the conversation, titled by its first words, and writes the question', async () => {
      const records = await open()
      await records.createRun(ask('r1', '  How do\nsluices work?  ', 1_000))
      expect(await records.getConversation('c', ALICE)).toEqual({
        id: 'c',
        owner: ALICE,
        title: 'How do sluices work?',
        createdAt: 1_000,
        updatedAt: 1_000,
        lastRunId: 'r1',
      })
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items).toEqual([
        { id: expect.any(String), conversationId: 'c', role: 'user', text: '  How do\nsluices work?  ', createdAt: 1_000, runId: 'r1' },
      ])
    })

    it('a later run joins the conversation and leaves its title', async () => {
      const records = await open()
      await records.createRun(ask('r1', 'First', 1_000))
      await records.createRun(ask('r2', 'Second', 2_000))
      expect(await records.getConversation('c', ALICE)).toMatchObject({
        title: 'First',
        createdAt: 1_000,
        updatedAt: 2_000,
        lastRunId: 'r2',
      })
    })

    it('of a whole prompt, the last user message is the question', async () => {
      const records = await open()
      const input = [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Old question' },
        { role: 'assistant', content: 'Old answer' },
        { role: 'user', content: 'New question' },
      ] as const
      await records.createRun(aRun('r1', { conversationId: 'c', input }))
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items.map(({ role, text }) => ({ role, text }))).toEqual([
        { role: 'user', text: 'New question' },
      ])
      expect((await records.getConversation('c', ALICE))?.title).toBe('New question')
    })

    it('a question that an earlier run wrote down is not written again, and its second answer is', async () => {
      const records = await open()
      await records.createRun(ask('r1', 'Why?', 1_000))
      await records.endRun('r1', anEnd('completed', { text: 'Because.' }))
      const again = aRun('r2', { conversationId: 'c', input: [{ role: 'user', content: 'Why?' }], transcript: { question: 'written' } })
      await records.createRun(again)
      await records.endRun('r2', anEnd('completed', { text: 'Therefore.' }))
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items.map(({ text }) => text)).toEqual([
        'Therefore.',
        'Because.',
        'Why?',
      ])
    })

    it('a new question of a whole transcript is written like any other', async () => {
      const records = await open()
      await records.createRun({ ...ask('r1', 'Why?', 1_000), transcript: { question: 'new' } })
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items.map(({ text }) => text)).toEqual(['Why?'])
    })

    it('a prompt without a question writes no message', async () => {
      const records = await open()
      await records.createRun(aRun('r1', { conversationId: 'c', input: [{ role: 'system', content: 'Say something.' }] }))
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items).toEqual([])
      expect((await records.getConversation('c', ALICE))?.title).not.toBe('')
    })

    it('a long first message becomes a short title that breaks no character', async () => {
      const records = await open()
      await records.createRun(ask('r1', '👩‍👩‍👧'.repeat(500), 1_000))
      const title = (await records.getConversation('c', ALICE))?.title ?? ''
      expect(title.isWellFormed()).toBe(true)
      expect(title.length).toBeGreaterThan(10)
      expect(title.length).toBeLessThan(200)
    })

    for (const outcome of OUTCOMES) {
      it(`the answer of a run that ended ${outcome} is one whole message with that status`, async () => {
        const records = await open()
        await records.createRun(ask('r1', 'Why?', 1_000))
        await records.endRun('r1', anEnd(outcome, { text: 'Because \u{1F4A7}', endedAt: 5_000 }))
        const { items } = await records.listMessages('c', ALICE, { limit: 10 })
        expect(items.at(0)).toEqual({
          id: expect.any(String),
          conversationId: 'c',
          role: 'assistant',
          text: 'Because \u{1F4A7}',
          createdAt: 5_000,
          runId: 'r1',
          status: outcome,
        })
        expect(new Set(items.map((message) => message.id)).size).toBe(2)
        expect((await records.getConversation('c', ALICE))?.updatedAt).toBe(5_000)
      })
    }

    it('a run outside of a conversation writes no message', async () => {
      const records = await open()
      await records.createRun(aRun('r1'))
      await records.endRun('r1', anEnd())
      expect((await records.listConversations(ALICE, { limit: 10 })).items).toEqual([])
    })

    it('messages are listed newest first', async () => {
      const records = await open()
      await records.createRun(ask('r1', 'one', 1_000))
      await records.endRun('r1', anEnd('completed', { text: 'two' }))
      await records.createRun(ask('r2', 'three', 10_000))
      await records.endRun('r2', anEnd('completed', { text: 'four' }))
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items.map(({ text }) => text)).toEqual(['four', 'three', 'two', 'one'])
    })

    it("a run cannot enter another owner's conversation, and the attempt writes nothing", async () => {
      const records = await open()
      await records.createRun(aRun('bob', { owner: BOB, conversationId: 'c' }))
      await expectCode('not-found', records.createRun(ask('r1', 'Let me in', 1_000)))
      expect(await records.getRun('r1')).toBeUndefined()
      expect(await records.getConversation('c', BOB)).toMatchObject({ lastRunId: 'bob' })
      expect((await records.listMessages('c', BOB, { limit: 10 })).items).toHaveLength(1)
    })

    it('the live run of a conversation is its oldest that has not ended', async () => {
      const records = await open()
      expect(await records.liveRun('c')).toBeUndefined()
      await records.createRun(ask('r1', 'one', 1_000))
      await records.createRun(ask('r2', 'two', 2_000))
      await records.createRun(aRun('elsewhere', { conversationId: 'c2' }))
      expect((await records.liveRun('c'))?.id).toBe('r1')
      await records.claimRun('r1', { holder: 'p', untilMs: 9 }, 1)
      expect((await records.liveRun('c'))?.id).toBe('r1')
      await records.endRun('r1', anEnd())
      expect((await records.liveRun('c'))?.id).toBe('r2')
      await records.endRun('r2', anEnd())
      expect(await records.liveRun('c')).toBeUndefined()
    })
  })
}
