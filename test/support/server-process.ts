/** A real server in a process of its own, to be killed and started again on the same address and data. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** What a start may take on a machine that is busy with other tests. */
const START_TIMEOUT_MS = 30_000

export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  /** Resolves when it serves. */
  start(): Promise<void>
  /** kill -9, and until the process is gone. */
  kill(): Promise<void>
  /** SIGTERM, and until the process is gone. @returns its exit code. */
  stop(): Promise<number | null>
  /** What all its lives wrote to their outputs. */
  readonly output: string
}

/** @param env settings beyond address and data folder. Nothing of this process's own environment reaches the server but what Node needs. */
export async function createServerProcess(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let output = ''

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [MAIN, 'serve'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', PORT: String(port), SLUICE_DATA_DIR: join(folder, 'data'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The server did not start:\n${output}`)), START_TIMEOUT_MS)
      const onOutput = (chunk: Buffer): void => {
        output += chunk.toString()
        if (!chunk.toString().includes(`Sluice is at ${url}`)) return
        clearTimeout(timer)
        resolve()
      }
      started.stdout.on('data', onOutput)
      started.stderr.on('data', onOutput)
      started.once('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`The server ended with ${code} before it served:\n${output}`))
      })
    })
  }

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return running?.exitCode ?? null
    const gone = new Promise<number | null>((resolve) => running.once('exit', resolve))
    running.kill(signal)
    return gone
  }

  return {
    url,
    start,
    kill: async () => {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
    get output() {
      return output
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('No port was bound')
  return address.port
}
