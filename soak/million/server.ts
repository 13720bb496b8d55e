/** A server with one stream, in a process of its own, that a source at full speed writes a million events into. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { answerCalls } from '../../bench/child.ts'
import { type OpenSluice, openSluice } from '../../bench/server/sluice.ts'
import { nowMicros } from '../../bench/stamp.ts'

const SAMPLE_MS = 100

let sluice: OpenSluice | undefined
let peakRss = 0
const sampling = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss())
}, SAMPLE_MS)

/** What has been written so far. */
const written = { events: 0, chars: 0, crc: 0 }

function writerOf(opened: OpenSluice | undefined): OpenSluice['writers'][number] {
  const writer = opened?.writers[0]
  if (!writer) throw new Error('The server is not open.')
  return writer
}

const calls = {
  async open({ folder }: { readonly folder: string }) {
    sluice = await openSluice('sqlite', 1, folder)
    peakRss = process.memoryUsage.rss()
    return { port: sluice.port, path: sluice.path(0), rss: peakRss }
  },
  /**
   * Writes so many events, as fast as the store takes them. Every second one reports usage, as some providers do all the time: neighbours of
   * different kinds do not merge, so each of them is a record of its own.
   */
  async write({ events }: { readonly events: number }) {
    const writer = writerOf(sluice)
    const from = nowMicros()
    for (let index = 0; index < events; index++) {
      const number = written.events++
      if (number % 2 === 0) {
        const text = `${number} `
        written.crc = crc32(text, written.crc)
        written.chars += text.length
        writer.write({ type: 'text-delta', id: 'text', text, tokens: 1 })
      } else writer.write({ type: 'usage', usage: { outputTokens: number, basis: 'reported' } })
      if (writer.full) {
        await writer.flush()
        // A source over HTTP waits for its socket here, and everybody else gets a turn.
        await nextTurn()
      }
    }
    await writer.flush()
    return { ...written, seconds: (nowMicros() - from) / 1e6 }
  },
  async end(_: null) {
    await writerOf(sluice).end({ type: 'run-end', outcome: 'completed', usage: { basis: 'unknown' } })
  },
  /** The peak since it was asked last. */
  async memory(_: null) {
    const peak = Math.max(peakRss, process.memoryUsage.rss())
    peakRss = 0
    return { peakRss: peak }
  },
}

export type MillionCalls = typeof calls

answerCalls(calls, async () => {
  clearInterval(sampling)
  await sluice?.close()
})
