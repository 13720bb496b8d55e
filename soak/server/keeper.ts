/**
 * Keeps the server under test: starts `sluice serve` as users do, in a process of its own, and makes sure that it ends. The soak speaks to
 * this process over IPC; when the soak is gone, however it went, this one kills the server and goes too.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { answerCalls } from '../../bench/child.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** What a start may take on a busy machine. */
const START_TIMEOUT_MS = 45_000

export interface Life {
  readonly pid: number
}

let child: ChildProcess | undefined
let log: WriteStream | undefined
let usedFolder: string | undefined

const calls = {
  /** Starts the server and waits until it serves. All its lives write to one log. */
  async start(where: { readonly folder: string; readonly logFile: string; readonly env: Readonly<Record<string, string>> }): Promise<Life> {
    usedFolder = where.folder
    log ??= createWriteStream(where.logFile, { flags: 'a' })
    const out = log
    const started = spawn(process.execPath, [MAIN, 'serve'], {
      cwd: where.folder,
      env: { PATH: process.env['PATH'] ?? '', ...where.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    await new Promise<void>((resolve, reject) => {
      let banner = ''
      const timer = setTimeout(
        () => reject(new Error(`The server did not start within ${START_TIMEOUT_MS} ms: ${banner}`)),
        START_TIMEOUT_MS,
      )
      const onExit = (code: number | null): void => {
        clearTimeout(timer)
        reject(new Error(`The server ended with ${code} before it served: ${banner}`))
      }
      started.once('exit', onExit)
      const look = (chunk: Buffer): void => {
        banner = `${banner}${chunk.toString()}`.slice(-4_000)
        if (!banner.includes('Sluice is at ')) return
        clearTimeout(timer)
        started.off('exit', onExit)
        started.stderr.off('data', look)
        resolve()
      }
      started.stderr.on('data', look)
      started.stdout.pipe(out, { end: false })
      started.stderr.pipe(out, { end: false })
    })
    if (started.pid === undefined) throw new Error('The server has no process id.')
    return { pid: started.pid }
  },
  /** Sends a signal and waits until the process is gone; its exit code. */
  end: ({ signal }: { readonly signal: NodeJS.Signals }): Promise<number | null> => end(signal),
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const running = child
  if (!running) return null
  child = undefined
  if (running.exitCode !== null || running.signalCode !== null) return running.exitCode
  const gone = new Promise<number | null>((resolve) => running.once('exit', (code) => resolve(code)))
  running.kill(signal)
  return gone
}

export type KeeperCalls = typeof calls

// The soak ends this process by closing the channel; a signal to the whole group must not end it before the server.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

answerCalls(calls, async () => {
  await end('SIGKILL')
  log?.end()
  // Whoever made the folder removes it too, unless it was killed.
  if (usedFolder !== undefined) await rm(usedFolder, { recursive: true, force: true })
})
