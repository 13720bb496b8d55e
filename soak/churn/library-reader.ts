/** A reader of one run by the client library, which has to bring it through everything without our help. */
import { type Client, createClient } from '../../src/client/client.ts'
import type { Fetch } from '../../src/client/connection.ts'
import { isKnownEvent } from '../../src/core/event.ts'
import { START } from '../../src/core/offset.ts'
import { agrees, type LiveRun } from './live-run.ts'
import type { World } from './world.ts'

/** Longer than any run and both restarts take: who is not done then waits for ever. */
const MAX_READ_MS = 120_000

export function soakClient(url: string, fetch: Fetch): Client {
  return createClient({ baseUrl: url, reader: 'soak-client', fetch })
}

/** Resolves when the run has ended for this reader, and never rejects. */
export async function readByLibrary(world: World, client: Client, run: LiveRun): Promise<void> {
  let position = 0
  let last = START
  let problem: string | undefined
  const signal = AbortSignal.any([world.stop, AbortSignal.timeout(MAX_READ_MS)])
  try {
    await client.runs.follow(run.id, {
      signal,
      onEvent({ offset, event }) {
        if (offset <= last) problem ??= 'an id went back'
        last = offset
        if (!isKnownEvent(event) || event.type !== 'text-delta') return
        if (!agrees(run, position, event.text)) problem ??= 'its text is not the one that was sent'
        position += event.text.length
      },
      onReset() {
        problem ??= 'the server lost the position'
      },
    })
  } catch (thrown) {
    problem ??= `the client library gave up: ${thrown instanceof Error ? thrown.message : String(thrown)}`
  }
  if (problem === undefined) world.ledger.right('read')
  else world.ledger.wrong('read', problem, `${run.id} (${run.plan.model}) at ${last}, by the client library`)
}
