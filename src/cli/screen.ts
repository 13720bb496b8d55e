/** How a run looks on the command line: its text on stdout as it comes, everything about it on stderr. */
import type { LocatedEvent } from '../client/connection.ts'
import type { Connection } from '../client/reconnect.ts'
import { isKnownEvent, type RunEvent } from '../core/event.ts'
import { escapeControls, withoutControls } from './controls.ts'
import type { Output } from './output.ts'

export interface Screen {
  event(located: LocatedEvent): Promise<void>
  connection(connection: Connection): void
  /** The server lost the position: the answer is shown again from its beginning. */
  reset(): void
  /** A line that stays. */
  note(text: string): void
  /** Ends the last line of the answer and clears the status. */
  finish(): Promise<void>
}

export interface ScreenOptions {
  readonly stdout: Output
  readonly stderr: Output
  /** One JSON object per event on stdout instead of the text. */
  readonly json: boolean
}

const CLEAR_LINE = '\r\u001b[2K'

export function createScreen({ stdout, stderr, json }: ScreenOptions): Screen {
  let statusShown = false
  let textBegan = false
  let lineOpen = false
  let troubled = false

  /** What cannot be said on stderr is not said; the answer does not depend on it. */
  const say = (text: string): void => {
    stderr.write(text).catch(() => {})
  }

  const clearStatus = (): void => {
    if (statusShown) say(CLEAR_LINE)
    statusShown = false
  }

  /** A line that the next one replaces; only for people, and not where it would run into the text. */
  const status = (text: string): void => {
    if (!stderr.terminal || (stdout.terminal && textBegan)) return
    say(`${CLEAR_LINE}${withoutControls(text).replaceAll('\n', ' ')}`)
    statusShown = true
  }

  const note = (text: string): void => {
    clearStatus()
    const apart = lineOpen && stdout.terminal && stderr.terminal ? '\n' : ''
    if (apart) lineOpen = false
    say(`${apart}${stderr.terminal ? withoutControls(text) : text}\n`)
  }

  const writeText = async (text: string): Promise<void> => {
    const shown = stdout.terminal ? withoutControls(text) : text
    if (shown === '') return
    clearStatus()
    textBegan = true
    lineOpen = !shown.endsWith('\n')
    await stdout.write(shown)
  }

  const writeJson = async ({ offset, event }: LocatedEvent): Promise<void> => {
    const line = JSON.stringify({ ...event, offset })
    clearStatus()
    textBegan = true
    await stdout.write(`${stdout.terminal ? escapeControls(line) : line}\n`)
  }

  const tell = (event: RunEvent): void => {
    if (event.type === 'status') status(event.message)
    else if (event.type === 'reasoning-start') status('Thinking')
    else if (event.type === 'tool-call-start') status(`Calling ${event.name}`)
    else if (event.type === 'progress') status(`${event.outputTokens} tokens, ${Math.round(event.tokensPerSecond)} per second`)
    else if (event.type === 'notice') note(event.error.message)
    else if (event.type === 'run-end') noteEnd(event)
  }

  /** A success says nothing: the text was the answer. */
  const noteEnd = ({ outcome, error }: Extract<RunEvent, { type: 'run-end' }>): void => {
    if (outcome !== 'completed') note(error ? `${outcome}: ${error.message}` : outcome)
  }

  return {
    async event(located) {
      const { event } = located
      if (json) await writeJson(located)
      else if (isKnownEvent(event) && event.type === 'text-delta') await writeText(event.text)
      if (isKnownEvent(event)) tell(event)
    },
    connection({ state, retries, error }) {
      if (state === 'waiting' || state === 'offline') {
        if (!troubled) note(`${error?.safeMessage ?? 'The connection was lost.'} Trying again.`)
        else status(`Trying again (${retries})`)
        troubled = true
      } else if (state === 'streaming' && troubled) {
        note('Connected again.')
        troubled = false
      }
    },
    reset() {
      note('The server lost this position. The answer comes again from its beginning.')
    },
    note,
    async finish() {
      clearStatus()
      if (lineOpen) await stdout.write('\n')
      lineOpen = false
    },
  }
}
