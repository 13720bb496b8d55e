/** HTTP/1.1 chunks that are framed once, however many readers get them. */

import { shortLivedBytes } from '../core/bytes.ts'

/** The bytes as one chunk. */
export type ChunkFramer = (bytes: Uint8Array) => Uint8Array

/**
 * Makes a framer that remembers the last bytes. The hub hands the same array to one reader after the other, so one memory
 * hits nearly always and costs nothing to keep.
 */
export function chunkFramer(): ChunkFramer {
  let last: Uint8Array | undefined
  let framed = new Uint8Array(0)
  return (bytes) => {
    if (bytes !== last) {
      framed = frameChunk(bytes)
      last = bytes
    }
    return framed
  }
}

function frameChunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // A chunk of no bytes would end the body.
  if (bytes.byteLength === 0) return new Uint8Array(0)
  const head = `${bytes.byteLength.toString(16)}\r\n`
  const framed = shortLivedBytes(head.length + bytes.byteLength + 2)
  for (let index = 0; index < head.length; index++) framed[index] = head.charCodeAt(index)
  framed.set(bytes, head.length)
  framed[framed.length - 2] = 0x0d
  framed[framed.length - 1] = 0x0a
  return framed
}
