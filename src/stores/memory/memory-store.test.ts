import { describe, expect, it } from 'vitest'
import { storeConformance } from '../../conformance/store/index.ts'
import { createFakeClock } from '../../core/testing/fake-clock.ts'
import { createMemoryStore } from './memory-store.ts'

storeConformance({ name: 'memory', create: async (clock) => createMemoryStore({ clock }) })

describe('the memory store', () => {
  it('is full at its bound, and has room again after a deletion', async () => {
    const store = createMemoryStore({ clock: createFakeClock(), maxBytes: 100 })
    await store.create('a', { contentType: 'x', records: [new Uint8Array(60)] })
    await store.create('b', { contentType: 'x' })
    await expect(store.append('b', [new Uint8Array(41)])).rejects.toMatchObject({ code: 'storage-full' })
    await store.delete('a')
    expect(await store.append('b', [new Uint8Array(100)])).toMatchObject({ result: 'appended' })
    await store.close()
  })

  it('keeps what it was given, not what the caller makes of the buffer later', async () => {
    const store = createMemoryStore({ clock: createFakeClock() })
    const data = new Uint8Array([1])
    await store.create('a', { contentType: 'x', records: [data] })
    data[0] = 2
    expect((await store.read('a', '0'.repeat(16).concat('_', '0'.repeat(16)))).records[0]?.data).toEqual(new Uint8Array([1]))
    await store.close()
  })
})
