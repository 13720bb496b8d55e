/** Phase D: ten thousand readers of one stream on which nothing happens, then a token for all of them. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Pair, withPair } from '../bench/pair.ts'
import { createOwnHttp } from './http.ts'
import { mebibytes, must, type PhaseResult, type SoakOptions } from './section.ts'
import { readSample, type Sample } from './server/sampler.ts'

const READERS = 10_000
/** Sockets that a process may not have besides: files, its own. */
const SPARE_DESCRIPTORS = 500
/**
 * Resident memory that one of them may take, with what the first ones cost for all: compiled code and the first pages of the heap. The
 * benchmark `idle` measures from 2,000 readers on, where the target is 15 KiB.
 */
const MAX_KIB_PER_READER = 20
/** Heartbeats come every 15 s to each reader, spread over 15 turns. */
const HEARTBEAT_S = 15
/** How long they are watched: more than one round, or, within a test, part of one. */
const WATCH_S = { whole: 17, short: 6 }
/** So many times their even share may get theirs within one second. */
const MAX_CLUSTER = 3
const SETTLE_MS = 15_000
/** Descriptors of the server that come and go by themselves. */
const SPARE_FDS = 8

export async function idle(options: SoakOptions): Promise<PhaseResult> {
  const readers = Math.min(READERS, descriptorLimit() - SPARE_DESCRIPTORS)
  const http = createOwnHttp()
  try {
    return await withPair({ name: 'sluice sqlite', streams: 1 }, async (pair) => {
      const look = async (): Promise<Sample> => {
        const response = await http.fetch(`http://127.0.0.1:${pair.port}/metrics`, { signal: options.signal })
        return readSample(await response.text(), 0, performance.now())
      }
      const floor = await look()
      const before = await pair.server.call('memory', null)
      options.progress(`idle: connecting ${readers} readers`)
      const beganMs = performance.now()
      await pair.connect(readers)
      const connectSeconds = (performance.now() - beganMs) / 1e3
      await pair.reach()
      const bytes = ((await pair.server.call('memory', null)) - before) / readers
      const connected = await look()
      const beats = await watchHeartbeats(pair, options)
      await pair.reach()
      await pair.load.call('disconnect', null)
      await http.close()
      const end = await settled(look, floor)

      const seconds = beats.perSecond.length
      const expected = Math.min(1, seconds / HEARTBEAT_S) * readers
      const came = beats.perSecond.reduce((sum, count) => sum + count, 0)
      const busiest = Math.max(...beats.perSecond)
      const enough = seconds > HEARTBEAT_S ? came === readers : came >= expected * 0.6
      return {
        name: 'idle',
        verdicts: [
          must(
            `${readers} idle readers: connected, and a token to all of them, twice`,
            'all',
            `${connected.readers}`,
            connected.readers === readers,
          ),
          must(
            `${readers} idle readers: memory for each`,
            `at most ${MAX_KIB_PER_READER} KiB`,
            `${(bytes / 1024).toFixed(1)} KiB`,
            bytes <= MAX_KIB_PER_READER * 1024,
          ),
          must(
            `${readers} idle readers: heartbeats in ${seconds} s`,
            `to ${Math.round(expected)}, at most ${Math.round((readers / HEARTBEAT_S) * MAX_CLUSTER)} in a second`,
            `to ${came}, at most ${busiest} in a second`,
            enough && busiest <= (readers / HEARTBEAT_S) * MAX_CLUSTER,
          ),
          must(
            `${readers} idle readers: all closed`,
            `descriptors at most ${floor.openFds + SPARE_FDS}, readers 0`,
            `${end.openFds}, ${end.readers}`,
            end.readers === 0 && end.openFds <= floor.openFds + SPARE_FDS,
          ),
        ],
        notes: [
          ...(readers < READERS
            ? [`This process may have ${descriptorLimit()} descriptors, so there were ${readers} readers and not ${READERS}.`]
            : []),
          `Connected in ${connectSeconds.toFixed(1)} s; resident memory of the server ${mebibytes(before)} before, ${mebibytes(before + bytes * readers)} with them. First heartbeats in each second: ${beats.perSecond.join(' ')}.`,
        ],
        data: { readers, connectSeconds, bytesPerReader: bytes, beats, floor, end },
      }
    })
  } finally {
    await http.close()
  }
}

/** How many readers got their first heartbeat in each second. */
async function watchHeartbeats(pair: Pair, options: SoakOptions): Promise<{ readonly perSecond: readonly number[] }> {
  const perSecond: number[] = []
  let known = 0
  await pair.load.call('listen', null)
  for (let second = 0; second < (options.short ? WATCH_S.short : WATCH_S.whole); second++) {
    await wait(1_000, undefined, { signal: options.signal })
    const { readers } = await pair.load.call('comments', null)
    perSecond.push(readers - known)
    known = readers
  }
  return { perSecond }
}

async function settled(look: () => Promise<Sample>, floor: Sample): Promise<Sample> {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const now = await look()
    if ((now.readers === 0 && now.openFds <= floor.openFds) || performance.now() > until) return now
    await wait(300)
  }
}

/** What one process may have open; the shell's `ulimit -n`. */
function descriptorLimit(): number {
  const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { readonly soft?: number | 'unlimited' } } }
  const soft = report.userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}
