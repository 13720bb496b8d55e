import { describe, expect, it } from 'vitest'
import { START } from '../../core/offset.ts'
import { listen, records, type StoreFixture, settle, TEXT, textsOf, useStore } from './fixture.ts'

const TTL = 60_000

/** Streams that go away by themselves. */
export function expiry(fixture: StoreFixture): void {
  describe('expiry', () => {
    const bench = useStore(fixture)
    const sliding = { ...TEXT, expiry: { kind: 'sliding', ttlMs: TTL } } as const

    it('at a fixed time comes whatever happens', async () => {
      const { store, clock } = bench
      const atMs = clock.now() + TTL
      expect(await store.create('a', { ...TEXT, expiry: { kind: 'absolute', atMs } })).toMatchObject({
        expiry: { kind: 'absolute', atMs },
        expiresAtMs: atMs,
      })
      clock.advance(TTL - 1)
      await store.append('a', records('x'))
      expect(await store.head('a')).toMatchObject({ expiresAtMs: atMs })
      clock.advance(1)
      expect(await store.head('a')).toBeUndefined()
      await expect(store.read('a', START)).rejects.toMatchObject({ code: 'not-found' })
    })

    it('slides with reads and writes', async () => {
      const { store, clock } = bench
      await store.create('a', sliding)
      const touches = [
        () => store.read('a', START),
        () => store.append('a', records('x')),
        () => store.append('a', records('y'), { producer: { id: 'p', epoch: 0, seq: 0 } }),
        () => store.append('a', records('y'), { producer: { id: 'p', epoch: 0, seq: 0 } }),
        () => store.fence('a'),
        () => store.append('a', [], { close: true }),
        () => store.append('a', [], { close: true }),
      ]
      for (const touch of touches) {
        clock.advance(TTL - 1)
        await touch()
        expect(await store.head('a')).toMatchObject({ expiry: sliding.expiry, expiresAtMs: clock.now() + TTL })
      }
      clock.advance(TTL)
      expect(await store.head('a')).toBeUndefined()
    })

    it('does not slide with a head, a create that finds it, or an append that is refused', async () => {
      const { store, clock } = bench
      const { expiresAtMs } = await store.create('a', sliding)
      clock.advance(TTL / 2)
      await store.head('a')
      await store.create('a', sliding)
      await store.append('a', records('x'), { contentType: 'other' })
      expect(await store.head('a')).toMatchObject({ expiresAtMs })
    })

    it('takes small steps of reading over restarts', async () => {
      const { store, clock } = bench
      await store.create('a', sliding)
      for (let step = 0; step < 30; step++) {
        clock.advance(Math.floor(TTL / 7))
        await bench.store.read('a', START)
        if (step % 10 === 3) await bench.reopen()
      }
      clock.advance(1)
      await bench.reopen()
      expect(await bench.store.head('a')).toMatchObject({ expiresAtMs: clock.now() - 1 + TTL })
    })

    it('frees the id for a new stream', async () => {
      const { store, clock } = bench
      await store.create('a', { ...sliding, records: records('old') })
      clock.advance(TTL)
      expect(await store.create('a', { ...sliding, records: records('new') })).toMatchObject({ created: true })
      await store.sweep()
      expect(await textsOf(store, 'a')).toEqual(['new'])
    })

    it('is swept: gone streams are counted and the others stay', async () => {
      const { store, clock } = bench
      for (let i = 0; i < 7; i++) await store.create(`dying ${i}`, { ...sliding, records: records('x') })
      await store.create('used', sliding)
      await store.create('lasting', TEXT)
      clock.advance(TTL / 2)
      await store.read('used', START)
      clock.advance(TTL / 2)
      expect(await store.sweep()).toMatchObject({ removed: 7 })
      expect(await store.sweep()).toMatchObject({ removed: 0 })
      expect(await store.head('dying 3')).toBeUndefined()
      expect(await store.head('used')).toBeDefined()
      expect(await store.head('lasting')).toBeDefined()
    })

    it('sweeps nothing once aborted', async () => {
      await bench.store.create('a', sliding)
      bench.clock.advance(TTL)
      expect(await bench.store.sweep({ signal: AbortSignal.abort() })).toEqual({ removed: 0, sealed: 0 })
    })

    it('tells the watchers', async () => {
      await bench.store.create('a', { ...sliding, records: records('x') })
      const { hints } = listen(bench.store, 'a')
      bench.clock.advance(TTL)
      await bench.store.sweep()
      await settle()
      expect(hints).toEqual([expect.objectContaining({ records: [], deleted: true })])
    })
  })
}
