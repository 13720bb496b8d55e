/** Phase B: one stream of 1,000,000 events, with readers that come at any time. The server's memory must not depend on its length. */
import { setTimeout as wait } from 'node:timers/promises'
import { startChild } from '../bench/child.ts'
import { withFolder } from '../bench/pair.ts'
import { nowMicros } from '../bench/stamp.ts'
import { type LongReader, readLong } from './million/reader.ts'
import type { MillionCalls } from './million/server.ts'
import { mebibytes, must, type PhaseResult, type SoakOptions } from './section.ts'

const SERVER = new URL('./million/server.ts', import.meta.url)
const EVENTS = 1_000_000
/** The stream is written in so many parts; some late joiners come after each. */
const PARTS = 10
/** Late joiners during the writing and after the end. Each of them makes the server read a million records again. */
const JOINERS = { whole: { perPart: 1, after: 10 }, short: { perPart: 1, after: 10 } }
/** Peak of the resident memory: that of a server, what twenty readers at once have on their way, and room for the collector. */
const MAX_PEAK_RSS_BYTES = 640 * 2 ** 20
/**
 * What the peak of a later part may be above that of the first fifth. Later parts have more readers that catch up, each with its page on the
 * way; the records as objects would be some 450 MB, so memory that grew with the stream would show.
 */
const MAX_RISE_BYTES = 256 * 2 ** 20
/** Two megabytes are what sockets hold by themselves; this reader takes less than the rest all the time. */
const SLOW = { readMs: 10, restMs: 90 }
/** Longer than anybody takes who is not stuck. */
const MAX_READ_MS = 240_000

export function million(options: SoakOptions): Promise<PhaseResult> {
  return withFolder(async (folder) => {
    const server = startChild<MillionCalls>(SERVER)
    const readers: LongReader[] = []
    try {
      const { port, path, rss } = await server.call('open', { folder })
      const join = (more: Partial<Parameters<typeof readLong>[0]> = {}): LongReader => {
        const reader = readLong({ port, path, ...more })
        // Judged at the end; until then a failure must not count as unhandled.
        reader.done.catch(() => {})
        readers.push(reader)
        return reader
      }
      const began = nowMicros()
      join()
      join({ slow: SLOW })
      const breaking = join()
      const joiners = options.short ? JOINERS.short : JOINERS.whole
      let resuming: LongReader | undefined
      let writeSeconds = 0
      const peaks: number[] = []
      let truth = { events: 0, chars: 0, crc: 0 }
      for (let part = 0; part < PARTS; part++) {
        options.signal.throwIfAborted()
        const { seconds, ...sofar } = await server.call('write', { events: EVENTS / PARTS })
        truth = sofar
        writeSeconds += seconds
        peaks.push((await server.call('memory', null)).peakRss)
        options.progress(`million: ${truth.events} events`)
        for (let count = 0; count < joiners.perPart; count++) join()
        if (part === PARTS / 2 - 1) {
          breaking.cut()
          const had = await breaking.done
          resuming = join({ from: had })
        }
      }
      await server.call('end', null)
      for (let count = 0; count < joiners.after; count++) join()
      options.progress(`million: written in ${writeSeconds.toFixed(1)} s, ${readers.length} readers to the end`)
      const results = await Promise.race([
        Promise.allSettled(readers.filter((reader) => reader !== breaking).map(({ done }) => done)),
        wait(MAX_READ_MS, undefined, { ref: false, signal: options.signal }).then(() => {
          throw new Error(`After ${MAX_READ_MS} ms readers of the stream of ${EVENTS} events still wait.`)
        }),
      ])
      const right = results.filter(
        (one) => one.status === 'fulfilled' && one.value.complete && one.value.chars === truth.chars && one.value.crc === truth.crc,
      )
      const lastId = results.find((one) => one.status === 'fulfilled')?.value.lastId ?? ''
      const seconds = (nowMicros() - began) / 1e6
      const { peakRss: lastPeak } = await server.call('memory', null)
      const peakRss = Math.max(lastPeak, ...peaks)
      const rise = Math.max(...peaks) - Math.max(...peaks.slice(0, PARTS / 5))
      const wrong = results.flatMap((one) =>
        one.status === 'rejected'
          ? [String(one.reason)]
          : right.includes(one)
            ? []
            : [`A reader has ${JSON.stringify(one.value)} instead of ${JSON.stringify(truth)}.`],
      )
      return {
        name: 'million',
        verdicts: [
          must(
            '1,000,000 events: each reader has the exact text',
            `all ${results.length}`,
            `${right.length}`,
            right.length === results.length && resuming !== undefined,
          ),
          must(
            '1,000,000 events: records of the stream',
            `more than ${EVENTS}`,
            `${Number(lastId.slice(-16))}`,
            Number(lastId.slice(-16)) > EVENTS,
          ),
          must(
            '1,000,000 events: peak memory of the server',
            `at most ${mebibytes(MAX_PEAK_RSS_BYTES)}`,
            `${mebibytes(peakRss)} (${mebibytes(rss)} at the start)`,
            peakRss <= MAX_PEAK_RSS_BYTES,
          ),
          must(
            '1,000,000 events: memory does not grow with the stream',
            `at most ${mebibytes(MAX_RISE_BYTES)} above the first fifth`,
            mebibytes(rise),
            rise <= MAX_RISE_BYTES,
          ),
        ],
        notes: [
          `Written in ${writeSeconds.toFixed(1)} s (${Math.round(EVENTS / writeSeconds)} events/s), everybody had it after ${seconds.toFixed(1)} s.`,
          `Readers: 1 from the beginning, 1 that reads ${SLOW.readMs} ms in ${SLOW.readMs + SLOW.restMs}, 1 that broke off and came back in the middle, ${joiners.perPart * PARTS} that came during the writing, ${joiners.after} after the end.`,
          `Peak memory in MiB in each tenth of the writing: ${peaks.map((peak) => (peak / 2 ** 20).toFixed(0)).join(' ')}; while the last readers caught up: ${(lastPeak / 2 ** 20).toFixed(0)}.`,
          ...wrong,
        ],
        data: { writeSeconds, seconds, peakRss, rssAtStart: rss, peaks, lastPeak, readers: results.length, truth, wrong },
      }
    } finally {
      for (const reader of readers) reader.cut()
      await server.stop()
    }
  })
}
