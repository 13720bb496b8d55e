/** What goes to disk and onto sockets as bytes: packs, chunks of HTTP, cursors of lists. */
import { SluiceError } from '../../src/core/errors.ts'
import { chunkFramer } from '../../src/http/chunk-framer.ts'
import { makePage, readPageRequest } from '../../src/records/shared/cursor.ts'
import { pack, unpack } from '../../src/stores/sqlite/pack.ts'
import { createChoices } from '../choices.ts'
import { cuttings } from '../pieces.ts'
import { bucket, bytesOf, must, mustBeSame, type Target } from '../target.ts'

const where = (): string => 'the pack'

function isRefused(run: () => unknown, code: SluiceError['code']): boolean {
  try {
    run()
    return false
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    mustBeSame(thrown.code, code, 'what is damaged is refused with its code')
    return true
  }
}

export const packs: Target = {
  name: 'pack',
  seeds: () => ['', 'a', 'some records of a stream'].map(bytesOf),
  dictionary: ['\u0000'],
  shape: 'bytes',
  maxBytes: 2 * 1024,
  run(input, random) {
    isRefused(() => unpack(1, 1, input.slice(), where), 'storage-corrupt')
    const records = cuttings(input, random).at(-1) ?? []
    const [key, last] = [random.below(2 ** 31), random.below(2 ** 31)]
    const blob = Uint8Array.from(pack(key, last, records))
    const read = unpack(key, last, blob.slice(), where)
    mustBeSame(read.count, records.length, 'a pack holds as many records as were put in')
    for (const [index, data] of records.entries()) must(Buffer.compare(read.record(index), data) === 0, 'a record comes out as it went in')
    for (const damaged of [blob.with(random.below(blob.length), random.below(256)), blob.slice(0, -1), Uint8Array.from([...blob, 0])]) {
      const same = Buffer.compare(damaged, blob) === 0
      must(same || isRefused(() => unpack(key, last, damaged, where), 'storage-corrupt'), 'a damaged pack is refused')
    }
    must(
      isRefused(() => unpack(key + 1, last, blob.slice(), where), 'storage-corrupt'),
      'a pack of another stream is refused',
    )
    return { features: [`records*${bucket(records.length)}`] }
  },
}

/** A body of HTTP/1.1 chunks, read plainly. */
function unchunked(bytes: Uint8Array): number[] {
  const body: number[] = []
  let at = 0
  while (at < bytes.length) {
    let end = at
    while (bytes[end] !== 0x0d) end++
    const size = Number.parseInt(new TextDecoder().decode(bytes.subarray(at, end)), 16)
    must(size > 0, 'no chunk ends the body')
    body.push(...bytes.subarray(end + 2, end + 2 + size))
    must(bytes[end + 2 + size] === 0x0d && bytes[end + 3 + size] === 0x0a, 'a chunk ends with CR LF')
    at = end + 4 + size
  }
  return body
}

export const chunks: Target = {
  name: 'chunks',
  seeds: () => ['', 'id: 1\ndata: {}\n\n', '\r\n0\r\n\r\n'].map(bytesOf),
  dictionary: ['\r\n', '0\r\n\r\n'],
  shape: 'bytes',
  maxBytes: 9 * 1024,
  run(input, random) {
    for (const pieces of cuttings(input, random)) {
      const frame = chunkFramer()
      const body = Buffer.concat(
        pieces.flatMap((piece) => (random.chance(0.5) ? [frame(piece)] : [frame(new Uint8Array(0)), frame(piece)])),
      )
      must(Buffer.compare(Buffer.from(unchunked(body)), input) === 0, 'a body of chunks is its bytes')
    }
    return { features: [`bytes*${bucket(input.length)}`] }
  },
}

export const cursor: Target = {
  name: 'cursor',
  seeds: () => ['cnVuczo1', 'bWVzc2FnZXM6MQ', ''].map(bytesOf),
  dictionary: ['cnVucz', '=', '-', '_', '\n'],
  shape: 'bytes',
  maxBytes: 128,
  run(input) {
    const after = new TextDecoder('latin1').decode(input)
    const refused = isRefused(() => {
      const { before, limit } = readPageRequest('runs', { limit: 1, after })
      must(Number.isSafeInteger(before) && before >= 0 && limit === 1, 'a cursor names a row')
      mustBeSame(makePage('runs', [before, 0], 1, Number, Number).next, after, 'a cursor that is taken was given out')
    }, 'invalid-request')
    const row = createChoices(input).integer()
    const { next } = makePage('messages', [row, row], 1, Number, Number)
    mustBeSame(readPageRequest('messages', { limit: 9, after: next ?? '' }).before, row, 'a cursor is read as it was given out')
    must(
      isRefused(() => readPageRequest('runs', { limit: 9, after: next ?? '' }), 'invalid-request'),
      'a cursor of another list is refused',
    )
    return { features: [refused ? 'refused' : 'taken'] }
  },
}
