/**
 * Packs: consecutive records of one stream in one blob, for journal rows and sealed blocks alike.
 *
 *     crc32 u32 | count u32 | end of each record u32, from the first byte of the records | records
 *
 * Little-endian. The checksum covers all of it and starts from the stream's key and the seq of the last record, so that a pack in
 * the wrong place is as damaged as one with a flipped bit.
 */
import { crc32 } from 'node:zlib'
import { SluiceError } from '../../core/errors.ts'

const HEADER_BYTES = 8
const END_BYTES = 4

/** Bytes that a pack of these records takes. */
function packedBytes(count: number, recordBytes: number): number {
  return HEADER_BYTES + count * END_BYTES + recordBytes
}

/** Packs records, of which the last one has seq `last`. */
export function pack(key: number, last: number, records: readonly Uint8Array[]): Uint8Array {
  let bytes = 0
  for (const record of records) bytes += record.byteLength
  const result = Buffer.allocUnsafe(packedBytes(records.length, bytes))
  result.writeUInt32LE(0, 0)
  result.writeUInt32LE(records.length, 4)
  const start = HEADER_BYTES + records.length * END_BYTES
  let end = 0
  let at = HEADER_BYTES
  for (const record of records) {
    result.set(record, start + end)
    end += record.byteLength
    at = result.writeUInt32LE(end, at)
  }
  result.writeUInt32LE(crc32(result, seed(key, last)), 0)
  return result
}

/** A pack whose checksum holds. */
export interface Pack {
  readonly count: number
  /** Record number `index`, from 0: a view into the blob. */
  record(index: number): Uint8Array
}

/**
 * Reads a pack; the blob is the pack's from then on.
 * @param where names the pack for the error.
 * @throws {SluiceError} `storage-corrupt`.
 */
export function unpack(key: number, last: number, blob: Uint8Array, where: () => string): Pack {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  if (blob.byteLength < HEADER_BYTES) throw corrupt(where(), 'is too short')
  const written = view.getUint32(0, true)
  view.setUint32(0, 0, true)
  const found = crc32(blob, seed(key, last))
  view.setUint32(0, written, true)
  if (found !== written) throw corrupt(where(), 'has a wrong checksum')
  const count = view.getUint32(4, true)
  const start = HEADER_BYTES + count * END_BYTES
  return {
    count,
    record(index) {
      const from = index === 0 ? 0 : view.getUint32(HEADER_BYTES + (index - 1) * END_BYTES, true)
      const end = view.getUint32(HEADER_BYTES + index * END_BYTES, true)
      // Two thirds of the time of `subarray`, and reading a stream is little else.
      return new Uint8Array(blob.buffer, blob.byteOffset + start + from, end - from)
    },
  }
}

/** The error for stored bytes that are not what was stored. */
export function corrupt(where: string, what: string): SluiceError {
  return new SluiceError(
    'storage-corrupt',
    `${where} ${what}: the disk or another program changed it. Restore the data folder from a backup.`,
  )
}

function seed(key: number, last: number): number {
  return (Math.imul(key, 0x9e3779b1) ^ last) >>> 0
}
