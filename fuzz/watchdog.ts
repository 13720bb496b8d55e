/**
 * An endless loop stops the one thread that could report it. A second one sleeps beside it, looks now and then whether executions go on, and when they
 * do not writes the input to a file and ends the process.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

/** How long one input may run, in milliseconds. Slowness is told apart and reported much earlier. */
const HANG_MS = 20_000
const LOOK_MS = 1_000
/** Longest input that is handed over, and its target's name. */
const MAX_BYTES = 64 * 1024
const MAX_NAME_BYTES = 64

/** Places in `counters`. */
const TURN = 0
const INPUT_BYTES = 1
const NAME_BYTES = 2
const PAUSED = 3

interface Shared {
  readonly counters: Int32Array
  readonly input: Uint8Array
  readonly name: Uint8Array
  readonly folder: string
}

export interface Watchdog {
  /** An input is about to run. */
  watch(name: string, input: Uint8Array): void
  /** Nothing runs until the next `watch`. */
  pause(): void
}

/** @param folder where the input of a hang is written. */
export function startWatchdog(folder: string): Watchdog & AsyncDisposable {
  const shared: Shared = {
    counters: new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT)),
    input: new Uint8Array(new SharedArrayBuffer(MAX_BYTES)),
    name: new Uint8Array(new SharedArrayBuffer(MAX_NAME_BYTES)),
    folder,
  }
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: shared })
  worker.unref()
  const { counters } = shared
  const encoder = new TextEncoder()
  return {
    watch(name, input) {
      const bytes = input.subarray(0, MAX_BYTES)
      shared.input.set(bytes)
      Atomics.store(counters, INPUT_BYTES, bytes.length)
      const encoded = encoder.encode(name).subarray(0, MAX_NAME_BYTES)
      shared.name.set(encoded)
      Atomics.store(counters, NAME_BYTES, encoded.length)
      Atomics.store(counters, PAUSED, 0)
      Atomics.add(counters, TURN, 1)
    },
    pause: () => void Atomics.store(counters, PAUSED, 1),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}

function guard({ counters, input, name, folder }: Shared): never {
  let turn = Atomics.load(counters, TURN)
  let silentMs = 0
  const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  for (;;) {
    // Nobody wakes this one: a sleep without an event loop.
    Atomics.wait(nobody, 0, 0, LOOK_MS)
    const now = Atomics.load(counters, TURN)
    silentMs = now === turn && Atomics.load(counters, PAUSED) === 0 ? silentMs + LOOK_MS : 0
    turn = now
    if (silentMs < HANG_MS) continue
    const target = new TextDecoder().decode(name.slice(0, Atomics.load(counters, NAME_BYTES)))
    const path = join(folder, `${target}-hang-${process.pid}.bin`)
    mkdirSync(folder, { recursive: true })
    const file = openSync(path, 'w')
    writeSync(file, input.slice(0, Atomics.load(counters, INPUT_BYTES)))
    closeSync(file)
    writeSync(2, `${target}: hangs: one input ran for ${HANG_MS / 1000} s\n  npm run fuzz -- --target ${target} --input ${path}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}

if (!isMainThread) guard(workerData as Shared)
