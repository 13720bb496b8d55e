/** What a client command has from its process: outputs, Ctrl-C, the server's address; and how its errors are told. */
import { type Client, createClient } from '../client/client.ts'
import { SluiceError, toSluiceError } from '../core/errors.ts'
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE } from './exit-codes.ts'
import { createOutput, isClosedPipe, type Output } from './output.ts'

const DEFAULT_URL = 'http://127.0.0.1:8080'

export interface Session {
  readonly client: Client
  readonly stdout: Output
  readonly stderr: Output
  readonly interrupt: AbortSignal
}

/** The part of `process` that is used. */
export type HostProcess = Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr' | 'on' | 'removeListener' | 'exit'>

/**
 * Runs a client command and returns its exit code. The first Ctrl-C aborts `interrupt`, the second exits at once.
 * @param url from `--url`; `SLUICE_URL` or `DEFAULT_URL` without it. The key of `SLUICE_API_KEY` goes along, where there is one.
 */
export async function withSession(
  host: HostProcess,
  url: string | undefined,
  command: (session: Session, url: string) => Promise<number>,
): Promise<number> {
  using stdout = createOutput(host.stdout)
  using stderr = createOutput(host.stderr)
  const interrupt = new AbortController()
  const onInterrupt = (): void => {
    if (interrupt.signal.aborted) host.exit(EXIT_INTERRUPTED)
    interrupt.abort(new SluiceError('closed', 'Interrupted from the keyboard.'))
  }
  host.on('SIGINT', onInterrupt)
  const target = url ?? host.env['SLUICE_URL'] ?? DEFAULT_URL
  try {
    const key = host.env['SLUICE_API_KEY']
    const headers = key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }
    const client = createClient({ baseUrl: checkedUrl(target), reader: 'cli', headers })
    return await command({ client, stdout, stderr, interrupt: interrupt.signal }, target)
  } catch (error) {
    if (isClosedPipe(error)) return 0
    await stderr.write(`${explain(error, target)}\n`).catch(() => {})
    return exitCode(error)
  } finally {
    host.removeListener('SIGINT', onInterrupt)
  }
}

/** What to tell a person about an error: what failed and the remedy. */
export function explain(error: unknown, url: string): string {
  if (isRefused(error)) {
    return `No Sluice server answers at ${url}. Start one with \`sluice serve\`, or name another with --url or SLUICE_URL.`
  }
  return `sluice: ${toSluiceError(error).message}`
}

/** A command line that cannot be meant. */
export function usageError(message: string): SluiceError {
  return new SluiceError('configuration', message)
}

function exitCode(error: unknown): number {
  return error instanceof SluiceError && error.code === 'configuration' ? EXIT_USAGE : EXIT_FAILED
}

function checkedUrl(url: string): string {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw usageError(
      `The server's address is ${JSON.stringify(url)}, which is not an http or https URL. Set --url or SLUICE_URL to one like ${DEFAULT_URL}.`,
    )
  }
  return url
}

/** Whether nobody listens there. Node puts the reason at the end of the causes. */
function isRefused(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === 'ECONNREFUSED') return true
  }
  return false
}
