import { describe, expect, it } from 'vitest'
import { ALICE, anEnd, aRun, BOB, expectCode, OTHER_ALICE, type Workbench } from './workbench.ts'

/** Every method that takes an owner, tried with the ids of another one (SPEC AP10). */
export function ownershipCases({ open }: Workbench): void {
  const withAliceOnly = async () => {
    const records = await open()
    await records.createRun(aRun('r1', { conversationId: 'c' }), { key: 'k', digest: 'd' })
    await records.endRun('r1', anEnd())
    await records.createRun(aRun('r2', { conversationId: 'c' }))
    await records.createRun(aRun('r3', { conversationId: 'c' }))
    return records
  }

  for (const [who, stranger] of [
    ['another user of the same tenant', BOB],
    ['the same user name in another tenant', OTHER_ALICE],
  ] as const) {
    describe(`${who}`, () => {
      it('sees no run', async () => {
        const records = await withAliceOnly()
        for (const id of ['r1', 'r2']) expect(await records.getRun(id, stranger)).toBeUndefined()
        for (const filter of [{}, { status: 'queued' }, { conversationId: 'c' }, { status: 'queued', conversationId: 'c' }] as const) {
          expect(await records.listRuns(stranger, filter, { limit: 10 })).toEqual({ items: [] })
        }
      })

      it("gets nothing with a cursor of the owner's", async () => {
        const records = await withAliceOnly()
        const runs = await records.listRuns(ALICE, {}, { limit: 1 })
        expect(await records.listRuns(stranger, {}, { limit: 10, after: runs.next ?? '' })).toEqual({ items: [] })
        const messages = await records.listMessages('c', ALICE, { limit: 1 })
        expect(await records.listMessages('c', stranger, { limit: 10, after: messages.next ?? '' })).toEqual({ items: [] })
      })

      it('cancels no run', async () => {
        const records = await withAliceOnly()
        for (const id of ['r1', 'r2']) {
          const before = await records.getRun(id)
          expect(await records.requestCancel(id, stranger, 5_000)).toBeUndefined()
          expect(await records.getRun(id)).toEqual(before)
        }
      })

      it('sees no conversation and no message', async () => {
        const records = await withAliceOnly()
        expect(await records.getConversation('c', stranger)).toBeUndefined()
        expect(await records.listConversations(stranger, { limit: 10 })).toEqual({ items: [] })
        expect(await records.listMessages('c', stranger, { limit: 10 })).toEqual({ items: [] })
      })

      it('adds nothing to the conversation and replays nothing by the key', async () => {
        const records = await withAliceOnly()
        await expectCode('not-found', records.createRun(aRun('x', { owner: stranger, conversationId: 'c' })))
        expect(await records.findIdempotent(stranger, 'k')).toBeUndefined()
        const result = await records.createRun(aRun('y', { owner: stranger }), { key: 'k', digest: 'd' })
        expect(result).toEqual({ result: 'created', run: aRun('y', { owner: stranger }) })
        expect((await records.listMessages('c', ALICE, { limit: 10 })).items).toHaveLength(4)
      })
    })
  }
}
