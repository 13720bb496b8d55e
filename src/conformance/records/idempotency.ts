import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import { ALICE, anEnd, aRun, BOB, expectCode, OTHER_ALICE, type Workbench } from './workbench.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const KEY = { key: 'k', digest: 'd' }

export function idempotencyCases({ open }: Workbench): void {
  describe('idempotency keys', () => {
    it('the same key with the same request gives the first run as it is now, and writes nothing', async () => {
      const records = await open()
      await records.createRun(aRun('first', { conversationId: 'c' }), KEY)
      await records.endRun('first', anEnd())
      const first = await records.getRun('first')
      expect(await records.createRun(aRun('second', { conversationId: 'c' }), KEY)).toEqual({ result: 'replayed', run: first })
      expect(await records.getRun('second')).toBeUndefined()
      expect((await records.listMessages('c', ALICE, { limit: 10 })).items).toHaveLength(2)
    })

    it('the same key with another request is reported with the run that has it', async () => {
      const records = await open()
      await records.createRun(aRun('first'), KEY)
      expect(await records.createRun(aRun('second'), { key: 'k', digest: 'other' })).toEqual({ result: 'key-reused', run: aRun('first') })
      expect(await records.getRun('second')).toBeUndefined()
    })

    it('a key can be looked up: its run as it is now, with the digest of its request', async () => {
      const records = await open()
      await records.createRun(aRun('first'), KEY)
      await records.endRun('first', anEnd())
      expect(await records.findIdempotent(ALICE, 'k')).toEqual({ run: await records.getRun('first'), digest: 'd' })
      expect(await records.findIdempotent(ALICE, 'other')).toBeUndefined()
    })

    it('of many requests at once with one key, one makes a run', async () => {
      const records = await open()
      const results = await Promise.all(Array.from({ length: 8 }, (_, index) => records.createRun(aRun(`r${index}`), KEY)))
      expect(results.filter(({ result }) => result === 'created')).toHaveLength(1)
      expect(new Set(results.map(({ run }) => run.id)).size).toBe(1)
      expect((await records.listRuns(ALICE, {}, { limit: 10 })).items).toHaveLength(1)
    })

    it('each owner has keys of their own', async () => {
      const records = await open()
      await records.createRun(aRun('alice'), KEY)
      for (const owner of [BOB, OTHER_ALICE]) {
        const id = `${owner.tenant}-${owner.user}`
        expect((await records.createRun(aRun(id, { owner }), KEY)).result).toBe('created')
      }
    })

    it('parts of owner and key do not run into each other', async () => {
      const records = await open()
      await records.createRun(aRun('one', { owner: { tenant: 'a', user: 'b:c' } }), { key: 'd', digest: 'd' })
      expect((await records.createRun(aRun('two', { owner: { tenant: 'a:b', user: 'c' } }), { key: 'd', digest: 'd' })).result).toBe(
        'created',
      )
      expect((await records.createRun(aRun('three', { owner: { tenant: 'a', user: 'b' } }), { key: 'c:d', digest: 'd' })).result).toBe(
        'created',
      )
    })

    it('without a key nothing is replayed', async () => {
      const records = await open()
      await records.createRun(aRun('first'))
      expect((await records.createRun(aRun('second'))).result).toBe('created')
    })

    it('a key is remembered for 24 hours and then free again', async () => {
      const clock = createFakeClock()
      const records = await open(clock)
      await records.createRun(aRun('first'), KEY)
      clock.advance(DAY_MS - 1)
      expect((await records.createRun(aRun('early'), KEY)).result).toBe('replayed')
      expect((await records.findIdempotent(ALICE, 'k'))?.run.id).toBe('first')
      clock.advance(1)
      expect(await records.findIdempotent(ALICE, 'k')).toBeUndefined()
      expect((await records.createRun(aRun('late'), { key: 'k', digest: 'other' })).result).toBe('created')
      expect(await records.createRun(aRun('later'), { key: 'k', digest: 'other' })).toEqual({ result: 'replayed', run: aRun('late') })
    })

    it('a request that failed does not use its key up', async () => {
      const records = await open()
      await records.createRun(aRun('bob', { owner: BOB, conversationId: 'c' }))
      await expectCode('not-found', records.createRun(aRun('r', { conversationId: 'c' }), KEY))
      expect((await records.createRun(aRun('r'), KEY)).result).toBe('created')
    })
  })
}
