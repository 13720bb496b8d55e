import { describe, expect, it } from 'vitest'
import { ALICE, anEnd, aRun, expectCode, type Workbench } from './workbench.ts'

export function durabilityCases({ open, reopened, subject }: Workbench): void {
  describe('closing', () => {
    it('can be done twice, and afterwards every method says so', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      await records.close()
      await records.close()
      await expectCode('unavailable', records.createRun(aRun('s')))
      await expectCode('unavailable', records.findIdempotent(ALICE, 'k'))
      await expectCode('unavailable', records.getRun('r'))
      await expectCode('unavailable', records.listRuns(ALICE, {}, { limit: 1 }))
      await expectCode('unavailable', records.unfinishedRuns())
      await expectCode('unavailable', records.claimRun('r', { holder: 'p', untilMs: 2 }, 1))
      await expectCode('unavailable', records.voidLeases())
      await expectCode('unavailable', records.requestCancel('r', ALICE, 1))
      await expectCode('unavailable', records.endRun('r', anEnd()))
      await expectCode('unavailable', records.getConversation('c', ALICE))
      await expectCode('unavailable', records.listConversations(ALICE, { limit: 1 }))
      await expectCode('unavailable', records.listMessages('c', ALICE, { limit: 1 }))
      await expectCode('unavailable', records.liveRun('c'))
    })
  })

  // Not a missing service but a capability: what keeps nothing has nothing to find again.
  if (subject.reopen === undefined) return
  describe('reopening', () => {
    it('finds everything as it was, and goes on counting', async () => {
      const records = await open()
      await records.createRun(aRun('a', { conversationId: 'c' }), { key: 'k', digest: 'd' })
      await records.endRun('a', anEnd('interrupted'))
      await records.createRun(aRun('b', { conversationId: 'c' }))
      await records.claimRun('b', { holder: 'p', untilMs: 9_000 }, 2_000)
      await records.requestCancel('b', ALICE, 3_000)
      const first = await records.listRuns(ALICE, {}, { limit: 1 })
      const look = async (now: typeof records) => [
        await now.listRuns(ALICE, {}, { limit: 10 }),
        await now.listConversations(ALICE, { limit: 10 }),
        await now.listMessages('c', ALICE, { limit: 10 }),
        await now.unfinishedRuns(),
        await now.liveRun('c'),
      ]
      const before = await look(records)

      const again = await reopened(records)
      expect(await look(again)).toEqual(before)
      expect((await again.createRun(aRun('x'), { key: 'k', digest: 'd' })).run.id).toBe('a')
      await again.createRun(aRun('z'))
      // A cursor from before still names the same place.
      const rest = await again.listRuns(ALICE, {}, { limit: 10, after: first.next ?? '' })
      expect(rest.items.map((run) => run.id)).toEqual(['a'])
      expect((await again.listRuns(ALICE, {}, { limit: 1 })).items.map((run) => run.id)).toEqual(['z'])
    })
  })
}
