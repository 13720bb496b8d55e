/** What callers may not ask of a store, with the bounds of the stores of this process. */
import { SluiceError } from '../../core/errors.ts'
import type { AppendOptions, CreateOptions, ReadLimit } from '../../ports/store.ts'

/** Bounds that callers meet. */
export interface StoreLimits {
  /** Bytes of one append; default 16 MiB. More is `too-large`. */
  readonly maxAppendBytes: number
  /** Producers that one stream remembers; default 1,024. A further one is `overloaded`, as forgetting one would double its records. */
  readonly maxProducers: number
  /** Bytes of appends that wait for their commit; default 256 MiB. More is `overloaded`. */
  readonly maxWaitingBytes: number
}

export const DEFAULT_LIMITS: StoreLimits = {
  maxAppendBytes: 16 * 1024 * 1024,
  maxProducers: 1024,
  maxWaitingBytes: 256 * 1024 * 1024,
}

const MAX_ID_LENGTH = 1024
const READ_MAX_RECORDS = 1000
const READ_MAX_BYTES = 1024 * 1024

/** @throws {SluiceError} `invalid-request`, `too-large`. */
export function checkCreate(id: string, options: CreateOptions, limits: StoreLimits): void {
  if (id.length === 0 || id.length > MAX_ID_LENGTH) throw invalid(`A stream's id has 1 to ${MAX_ID_LENGTH} characters, not ${id.length}.`)
  if (!id.isWellFormed()) throw invalid(`A stream's id is Unicode text without lone surrogates, unlike ${JSON.stringify(id)}.`)
  const { expiry, from } = options
  if (expiry?.kind === 'sliding' && !isCount(expiry.ttlMs)) {
    throw invalid(`Stream ${id}: a ttl is a whole number of milliseconds from 0, not ${expiry.ttlMs}.`)
  }
  if (expiry?.kind === 'absolute' && !Number.isSafeInteger(expiry.atMs)) {
    throw invalid(`Stream ${id}: the time of expiry is in whole milliseconds since 1970, not ${expiry.atMs}.`)
  }
  if (from?.bytes !== undefined && !isCount(from.bytes)) {
    throw invalid(`Stream ${id}: a fork takes a whole number of bytes of the next record, not ${from.bytes}.`)
  }
  checkBytes(id, options.records ?? [], limits)
}

/**
 * Bytes of the records of an append.
 * @throws {SluiceError} `invalid-request`, `too-large`.
 */
export function checkAppend(id: string, records: readonly Uint8Array[], options: AppendOptions | undefined, limits: StoreLimits): number {
  if (records.length === 0 && !options?.close) {
    throw invalid(`Stream ${id}: an append has records, or closes the stream, or both; this one does nothing.`)
  }
  if (options?.producer) {
    const { id: producer, epoch, seq } = options.producer
    if (producer.length === 0 || producer.length > MAX_ID_LENGTH || !producer.isWellFormed() || !isCount(epoch) || !isCount(seq)) {
      throw invalid(`Stream ${id}: a producer has an id of 1 to ${MAX_ID_LENGTH} characters, and epoch and seq are whole numbers from 0.`)
    }
  }
  return checkBytes(id, records, limits)
}

function checkBytes(id: string, records: readonly Uint8Array[], limits: StoreLimits): number {
  let bytes = 0
  for (const record of records) bytes += record.byteLength
  if (bytes > limits.maxAppendBytes) {
    throw new SluiceError(
      'too-large',
      `Stream ${id}: an append of ${bytes} bytes is over the limit of ${limits.maxAppendBytes}. Send it in parts.`,
    )
  }
  return bytes
}

/** The room of a read, with its defaults. */
export function readBounds(limit: ReadLimit = {}): { readonly maxRecords: number; readonly maxBytes: number } {
  return { maxRecords: Math.max(1, limit.maxRecords ?? READ_MAX_RECORDS), maxBytes: Math.max(0, limit.maxBytes ?? READ_MAX_BYTES) }
}

export function tooManyProducers(id: string, limits: StoreLimits): SluiceError {
  return new SluiceError(
    'overloaded',
    `Stream ${id} has ${limits.maxProducers} producers, as many as it may have. Append with one of them, or to another stream.`,
  )
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function invalid(message: string): SluiceError {
  return new SluiceError('invalid-request', message)
}
