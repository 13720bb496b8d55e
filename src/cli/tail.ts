/** `sluice tail`: read a run that exists, live or ended. */
import { defineCommand } from 'citty'
import { isOffset, type Offset } from '../core/offset.ts'
import { type Session, usageError, withSession } from './session.ts'
import { watchRun } from './watch.ts'

export interface TailRun extends Session {
  readonly runId: string
  /** Show only what comes after this offset. */
  readonly after?: Offset
  /** One JSON object per event instead of the text. */
  readonly json: boolean
}

/**
 * Shows a run until it ends. Ctrl-C leaves it running.
 * @returns the exit code: 0 completed, 1 failed or interrupted, 130 cancelled or left.
 * @throws {SluiceError} `not-found` when there is no such run.
 */
export async function tailRun(tail: TailRun): Promise<number> {
  // Following would wait for a server that is not there; a person who asks now wants to know now.
  await tail.client.runs.get(tail.runId)
  return await watchRun({ ...tail, onInterrupt: 'leave' })
}

export const tailCommand = defineCommand({
  meta: { name: 'tail', description: 'Read a run that exists, live or ended' },
  args: {
    run: { type: 'positional', required: true, description: 'Id of the run' },
    after: { type: 'string', valueHint: 'offset', description: 'Show only what comes after this offset' },
    json: { type: 'boolean', description: 'Print each event as a line of JSON' },
    url: { type: 'string', valueHint: 'url', description: 'Address of the server; SLUICE_URL otherwise' },
  },
  async run({ args }) {
    process.exitCode = await withSession(process, args.url, async (session) => {
      const { after } = args
      if (after !== undefined && !isOffset(after)) {
        throw usageError(`--after is ${JSON.stringify(after)}, which is not an offset. Use the "offset" of a line that --json printed.`)
      }
      return await tailRun({ ...session, runId: args.run, json: args.json === true, ...(after === undefined ? {} : { after }) })
    })
  },
})
