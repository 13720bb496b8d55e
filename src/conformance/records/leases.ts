import { describe, expect, it } from 'vitest'
import { anEnd, aRun, type Workbench } from './workbench.ts'

export function leaseCases({ open }: Workbench): void {
  describe('leases', () => {
    it('a claim makes the run run and names its holder', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      expect(await records.claimRun('r', { holder: 'p1', untilMs: 3_000 }, 2_000)).toBe(true)
      expect(await records.getRun('r')).toEqual(aRun('r', { status: 'running', startedAt: 2_000, lease: { holder: 'p1', untilMs: 3_000 } }))
    })

    it('the holder renews, and the start stays the first one', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      await records.claimRun('r', { holder: 'p1', untilMs: 3_000 }, 2_000)
      expect(await records.claimRun('r', { holder: 'p1', untilMs: 4_000 }, 2_500)).toBe(true)
      expect(await records.getRun('r')).toMatchObject({ startedAt: 2_000, lease: { holder: 'p1', untilMs: 4_000 } })
    })

    it('another holder is refused until the lease runs out', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      await records.claimRun('r', { holder: 'p1', untilMs: 3_000 }, 2_000)
      expect(await records.claimRun('r', { holder: 'p2', untilMs: 9_000 }, 2_999)).toBe(false)
      expect((await records.getRun('r'))?.lease).toEqual({ holder: 'p1', untilMs: 3_000 })
      expect(await records.claimRun('r', { holder: 'p2', untilMs: 9_000 }, 3_000)).toBe(true)
      expect(await records.claimRun('r', { holder: 'p1', untilMs: 9_000 }, 3_001)).toBe(false)
    })

    it('of many claims at once, one succeeds', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      const claims = Array.from({ length: 8 }, (_, index) => records.claimRun('r', { holder: `p${index}`, untilMs: 3_000 }, 2_000))
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
    })

    it('a run that ended cannot be claimed and has no lease', async () => {
      const records = await open()
      await records.createRun(aRun('r'))
      await records.claimRun('r', { holder: 'p1', untilMs: 3_000 }, 2_000)
      await records.endRun('r', anEnd())
      expect(await records.claimRun('r', { holder: 'p1', untilMs: 20_000 }, 10_000)).toBe(false)
      const run = await records.getRun('r')
      expect(run?.status).toBe('completed')
      expect(run).not.toHaveProperty('lease')
    })

    it('void leases let anybody claim at once, and change nothing else', async () => {
      const records = await open()
      for (const id of ['a', 'b', 'c']) await records.createRun(aRun(id))
      await records.claimRun('a', { holder: 'p1', untilMs: 9_000 }, 2_000)
      await records.claimRun('b', { holder: 'p1', untilMs: 9_000 }, 2_000)
      await records.endRun('b', anEnd())
      const ended = await records.getRun('b')
      await records.voidLeases()
      expect(await records.getRun('a')).toEqual(aRun('a', { status: 'running', startedAt: 2_000 }))
      expect(await records.getRun('b')).toEqual(ended)
      expect(await records.getRun('c')).toEqual(aRun('c'))
      expect(await records.claimRun('a', { holder: 'p2', untilMs: 9_000 }, 2_001)).toBe(true)
    })
  })
}
