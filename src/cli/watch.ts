/** Watching one run on the command line until it ends. */
import type { Client } from '../client/client.ts'
import { abortError, linkAbort } from '../core/abort.ts'
import { SluiceError, toSluiceError } from '../core/errors.ts'
import { isKnownEvent, type Outcome } from '../core/event.ts'
import type { Offset } from '../core/offset.ts'
import { EXIT_INTERRUPTED, EXIT_OF_OUTCOME } from './exit-codes.ts'
import { isClosedPipe, type Output } from './output.ts'
import { createScreen, type Screen } from './screen.ts'

export interface WatchOptions {
  readonly client: Client
  readonly runId: string
  /** Show only what comes after this offset. */
  readonly after?: Offset
  readonly json: boolean
  readonly stdout: Output
  readonly stderr: Output
  /** The first Ctrl-C. */
  readonly interrupt: AbortSignal
  /** What the first Ctrl-C does: `cancel` asks for the end of the run and waits for it, `leave` only stops watching. */
  readonly onInterrupt: 'cancel' | 'leave'
}

/**
 * @returns the exit code. A closed pipe gives 0, and the run goes on.
 * @throws {SluiceError} when the server refuses the reader.
 */
export async function watchRun(options: WatchOptions): Promise<number> {
  const { client, runId, stdout, interrupt, onInterrupt } = options
  const screen = createScreen(options)
  using abort = linkAbort(stdout.gone, onInterrupt === 'leave' ? interrupt : undefined)
  const cancel = (): void => void cancelRun(client, runId, screen)
  if (onInterrupt === 'cancel') {
    if (interrupt.aborted) cancel()
    else interrupt.addEventListener('abort', cancel, { once: true })
  }
  let outcome: Outcome | undefined
  try {
    await client.runs.follow(runId, {
      ...(options.after === undefined ? {} : { after: options.after }),
      signal: abort.signal,
      onConnection: (connection) => screen.connection(connection),
      onReset: () => screen.reset(),
      async onEvent(located) {
        if (isKnownEvent(located.event) && located.event.type === 'run-end') outcome = located.event.outcome
        await screen.event(located)
      },
    })
    outcome ??= (await client.runs.get(runId)).outcome
    await screen.finish()
  } catch (error) {
    if (stdout.gone.aborted && isClosedPipe(abortError(stdout.gone))) return 0
    if (abort.signal.aborted && interrupt.aborted) return await left(screen, runId)
    throw error
  } finally {
    interrupt.removeEventListener('abort', cancel)
  }
  if (outcome === undefined)
    throw new SluiceError('server', `The stream of the run ${runId} is over and the server does not say how the run ended.`)
  return EXIT_OF_OUTCOME[outcome]
}

async function left(screen: Screen, runId: string): Promise<number> {
  await screen.finish()
  screen.note(`Left. The run goes on: sluice tail ${runId}`)
  return EXIT_INTERRUPTED
}

async function cancelRun(client: Client, runId: string, screen: Screen): Promise<void> {
  screen.note('Cancelling. Press Ctrl-C again to leave at once.')
  try {
    await client.runs.cancel(runId)
  } catch (error) {
    screen.note(`The server was not told to cancel the run ${runId}, which may go on: ${toSluiceError(error).message}`)
  }
}
