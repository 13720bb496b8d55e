import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createClient } from '../client/client.ts'
import {
  type FakeRequest,
  fakeFetch,
  type LiveBody,
  liveSse,
  locate,
  problem,
  STORY,
  settled,
  sse,
  sseBytes,
} from '../client/testing/fake-server.ts'
import { SluiceError } from '../core/errors.ts'
import type { Outcome, RunEvent, UnknownEvent } from '../core/event.ts'
import { createFakeClock } from '../core/testing/fake-clock.ts'
import { createOutput, type OutputStream } from './output.ts'
import { runQuestion } from './run.ts'
import { tailRun } from './tail.ts'

const STORY_TEXT = 'Grüße: 水 and 🚰\n\ndata: no\r\ndone.'
const CLEAR = '\r\u001b[2K'
const RUN = {
  id: 'r1',
  streamId: 'runs/r1',
  status: 'running',
  model: 'simulated/lorem',
  createdAt: '2026-01-01T00:00:00Z',
  text: '',
  links: {},
}

interface Setup {
  readonly events?: (request: FakeRequest) => Response | Promise<Response>
  readonly cancel?: (request: FakeRequest) => Response
  readonly stdoutTerminal?: boolean
  readonly stderrTerminal?: boolean
  readonly highWaterMark?: number
  readonly json?: boolean
}

/** A command line with a server of one run behind it. */
function shell({
  events = ({ after }) => sse([sseBytes(STORY, after)]),
  cancel = () => Response.json({ effect: 'cancelling' }),
  ...setup
}: Setup = {}) {
  const clock = createFakeClock()
  const { fetch, requests } = fakeFetch((request) => {
    if (request.url.endsWith('/cancel')) return cancel(request)
    return request.url.includes('/events') ? events(request) : Response.json(RUN)
  })
  const client = createClient({ baseUrl: 'http://sluice.test', fetch, clock, random: () => 0.5, reader: 'cli' })
  const out = fakeOutput({ terminal: setup.stdoutTerminal ?? false, highWaterMark: setup.highWaterMark ?? 16_384 })
  const err = fakeOutput({ terminal: setup.stderrTerminal ?? false })
  const interrupt = new AbortController()
  const session = {
    client,
    stdout: createOutput(out.stream),
    stderr: createOutput(err.stream),
    interrupt: interrupt.signal,
    json: setup.json ?? false,
  }
  return {
    out,
    err,
    clock,
    requests,
    interrupt: () => interrupt.abort(new SluiceError('closed', 'Interrupted from the keyboard.')),
    run: () => runQuestion({ ...session, request: { input: 'hi' } }),
    tail: (after?: string) => tailRun({ ...session, runId: 'r1', ...(after === undefined ? {} : { after }) }),
    /** Lets all waits pass while the work goes on. */
    async finish(work: Promise<number>): Promise<number> {
      work.catch(() => {})
      for (let turn = 0; turn < 10; turn++) {
        await settled()
        clock.advance(500)
      }
      return await work
    },
  }
}

function live() {
  const bodies: LiveBody[] = []
  return {
    events(request: FakeRequest): Response {
      const body = liveSse(request.signal)
      bodies.push(body)
      return body.response
    },
    body(index = 0): LiveBody {
      const found = bodies[index]
      if (!found) throw new Error(`There was no connection number ${index}`)
      return found
    },
  }
}

const ended = (outcome: Outcome): RunEvent => ({ type: 'run-end', at: 9, outcome, usage: { basis: 'unknown' } })
const stream =
  (...events: (RunEvent | UnknownEvent)[]) =>
  () =>
    sse([sseBytes(locate(events))])
const delta = (text: string): RunEvent => ({ type: 'text-delta', at: 4, id: 't', text })

describe('sluice run', () => {
  it('prints the text as it is, a line break at its end, and the rest on stderr', async () => {
    const { run, out, err, requests } = shell()
    expect(await run()).toBe(0)
    expect(out.text).toBe(`${STORY_TEXT}\n`)
    expect(err.text).toBe('run r1 (simulated/lorem)\n')
    expect(requests[0]).toMatchObject({ method: 'POST', url: 'http://sluice.test/v1/runs', body: '{"input":"hi"}' })
  })

  it('prints text in the moment in which it arrives', async () => {
    const server = live()
    const { run, out } = shell({ events: server.events })
    const work = run()
    await settled()
    server.body().write(sseBytes(STORY.slice(0, 4)))
    await settled()
    expect(out.text).toBe('Grüße: ')
    server.body().write(sseBytes(STORY.slice(4)))
    expect(await work).toBe(0)
  })

  it.each([
    ['completed', 0, ''],
    ['failed', 1, 'failed\n'],
    ['interrupted', 1, 'interrupted\n'],
    ['cancelled', 130, 'cancelled\n'],
  ] as const)('of a run that is %s exits with %i', async (outcome, code, said) => {
    const { run, err } = shell({ events: stream(delta('Half'), ended(outcome)) })
    expect(await run()).toBe(code)
    expect(err.text).toBe(`run r1 (simulated/lorem)\n${said}`)
  })

  it('says why a run failed', async () => {
    const error = { type: 'llm', code: 'quota', message: 'The quota is used up.', recoverable: false, attempt: 3 } as const
    const { run, err } = shell({ events: stream({ ...ended('failed'), error } as RunEvent) })
    await run()
    expect(err.text).toContain('failed: The quota is used up.\n')
  })

  it('as JSON prints every event with its offset, one a line', async () => {
    const { run, out } = shell({ json: true })
    expect(await run()).toBe(0)
    const lines = out.text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(STORY.map(({ offset, event }) => ({ ...event, offset })))
  })

  it('shows a broken connection and that it is back, and loses nothing', async () => {
    const { run, out, err, finish } = shell({
      events: ({ number, after }) => (number === 2 ? sse([sseBytes(STORY.slice(0, 4))], 'reset') : sse([sseBytes(STORY, after)])),
    })
    expect(await finish(run())).toBe(0)
    expect(out.text).toBe(`${STORY_TEXT}\n`)
    expect(err.text).toBe('run r1 (simulated/lorem)\nThe connection to the server was lost. Trying again.\nConnected again.\n')
  })
})

describe('Ctrl-C', () => {
  it('in `sluice run` asks for the cancel and waits for the sealed end', async () => {
    const server = live()
    const { run, interrupt, requests, out, err } = shell({ events: server.events })
    const work = run()
    await settled()
    server.body().write(sseBytes(STORY.slice(0, 4)))
    await settled()
    interrupt()
    await settled()
    expect(requests.at(-1)).toMatchObject({ method: 'POST', url: 'http://sluice.test/v1/runs/r1/cancel' })
    expect(server.body().left).toBe(false)
    server.body().write(sseBytes(locate([...STORY.slice(0, 4).map(({ event }) => event), ended('cancelled')]).slice(4)))
    expect(await work).toBe(130)
    expect(out.text).toBe('Grüße: \n')
    expect(err.text).toContain('Cancelling. Press Ctrl-C again to leave at once.\n')
    expect(err.text).toMatch(/cancelled\n$/)
  })

  it('before the run exists cancels it as soon as it does', async () => {
    const { run, interrupt, requests } = shell({ events: stream(ended('cancelled')) })
    interrupt()
    expect(await run()).toBe(130)
    expect(requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toContain('POST /v1/runs/r1/cancel')
  })

  it('says so when the server could not be told, and goes on watching', async () => {
    const server = live()
    const { run, interrupt, err } = shell({ events: server.events, cancel: () => problem(503, { detail: 'Going down.' }) })
    const work = run()
    await settled()
    interrupt()
    await settled()
    expect(err.text).toContain('The server was not told to cancel the run r1, which may go on: ')
    server.body().write(sseBytes(STORY))
    expect(await work).toBe(0)
  })

  it('in `sluice tail` leaves without cancelling', async () => {
    const server = live()
    const { tail, interrupt, requests, out, err } = shell({ events: server.events })
    const work = tail()
    await settled()
    server.body().write(sseBytes(STORY.slice(0, 4)))
    await settled()
    interrupt()
    expect(await work).toBe(130)
    await settled()
    expect(server.body().left).toBe(true)
    expect(requests.filter((request) => request.method === 'POST')).toEqual([])
    expect(out.text).toBe('Grüße: \n')
    expect(err.text).toBe('Left. The run goes on: sluice tail r1\n')
  })
})

describe('a pipe', () => {
  it('that closes, as `head` does, ends the command quietly and cancels nothing', async () => {
    const server = live()
    const { run, out, err, requests } = shell({ events: server.events })
    const work = run()
    await settled()
    server.body().write(sseBytes(STORY.slice(0, 4)))
    await settled()
    out.breakPipe()
    server.body().write(sseBytes(STORY.slice(4, 5)))
    expect(await work).toBe(0)
    await settled()
    expect(server.body().left).toBe(true)
    expect(requests.filter((request) => request.url.endsWith('/cancel'))).toEqual([])
    expect(err.text).toBe('run r1 (simulated/lorem)\n')
  })

  it('that is slow is waited for, and nothing is read meanwhile', async () => {
    const { run, out } = shell({ highWaterMark: 4 })
    out.hold()
    const work = run()
    await settled()
    expect(out.text).toBe('Grüße: ')
    expect(out.queued).toBe('Grüße: '.length)
    out.release()
    expect(await work).toBe(0)
    expect(out.text).toBe(`${STORY_TEXT}\n`)
  })
})

describe('a terminal', () => {
  it('gets no control characters of the model, in text and in names', async () => {
    const events = stream(
      { type: 'tool-call-start', at: 1, id: 'c', name: 'rm\u001b]0;owned\u0007' },
      delta('a\u001b[31mred\r\u009b2J\u0000\tb\n'),
      ended('completed'),
    )
    const { run, out, err } = shell({ events, stdoutTerminal: true, stderrTerminal: true })
    await run()
    expect(out.text).toBe('a[31mred2J\tb\n')
    expect(err.text.replaceAll(CLEAR, '')).toBe('run r1 (simulated/lorem)\nCalling rm]0;owned')
  })

  it('gets them escaped in JSON, which means the same', async () => {
    const { run, out } = shell({ events: stream(delta('\u009b2J\u007f'), ended('completed')), stdoutTerminal: true, json: true })
    await run()
    const line = out.text.split('\n')[0] ?? ''
    expect(line).not.toMatch(/[\u007f-\u009f]/)
    expect(JSON.parse(line)).toMatchObject({ text: '\u009b2J\u007f' })
  })

  it('is the only place that loses them', async () => {
    const { run, out } = shell({ events: stream(delta('\u001b[31m\r\n'), ended('completed')) })
    await run()
    expect(out.text).toBe('\u001b[31m\r\n')
  })

  it('shows what goes on until the text comes, on one line that then is gone', async () => {
    const { run, err } = shell({ stdoutTerminal: true, stderrTerminal: true })
    await run()
    expect(err.text).toBe(`run r1 (simulated/lorem)\n${CLEAR}Working on it${CLEAR}`)
  })

  it('keeps notes apart from a line of text that is still open', async () => {
    const { run, err, finish } = shell({
      events: ({ number, after }) => (number === 2 ? sse([sseBytes(STORY.slice(0, 4))]) : sse([sseBytes(STORY, after)])),
      stdoutTerminal: true,
      stderrTerminal: true,
    })
    await finish(run())
    expect(err.text).toContain('\nThe connection to the server was lost. Trying again.\nConnected again.\n')
  })
})

describe('sluice tail', () => {
  it('shows what comes after an offset', async () => {
    const { tail, out } = shell()
    expect(await tail(STORY[4]?.offset)).toBe(0)
    expect(out.text).toBe('done.\n')
  })

  it('of a run that was read to its end asks how it ended', async () => {
    const { fetch } = fakeFetch(({ url }) =>
      url.includes('/events') ? new Response(null, { status: 204 }) : Response.json({ ...RUN, status: 'failed', outcome: 'failed' }),
    )
    const [out, err] = [fakeOutput(), fakeOutput()]
    const code = await tailRun({
      client: createClient({ baseUrl: 'http://sluice.test', fetch, clock: createFakeClock() }),
      stdout: createOutput(out.stream),
      stderr: createOutput(err.stream),
      interrupt: new AbortController().signal,
      runId: 'r1',
      after: STORY.at(-1)?.offset ?? '',
      json: false,
    })
    expect(code).toBe(1)
    expect(out.text).toBe('')
  })

  it('of a run that is not there fails at once', async () => {
    const { fetch } = fakeFetch(() => problem(404, { code: 'not-found', detail: 'There is no run r9.' }))
    const client = createClient({ baseUrl: 'http://sluice.test', fetch, clock: createFakeClock() })
    const [stdout, stderr] = [createOutput(fakeOutput().stream), createOutput(fakeOutput().stream)]
    const work = tailRun({ client, stdout, stderr, interrupt: new AbortController().signal, runId: 'r9', json: false })
    await expect(work).rejects.toMatchObject({ code: 'not-found' })
  })
})

/** A stand-in for `process.stdout`: keeps what is written, and fails when a test says so. */
interface FakeOutput {
  readonly stream: OutputStream
  /** Everything that was written. */
  readonly text: string
  /** Characters that were given and not yet taken. */
  readonly queued: number
  /** From now on writing fails, as to a pipe whose reader left. */
  breakPipe(): void
  /** While held, writes are taken but not finished: the reader is slow. */
  hold(): void
  release(): void
}

function fakeOutput({ terminal = false, highWaterMark = 16_384 } = {}): FakeOutput {
  let text = ''
  let broken = false
  let held = false
  let waiting: (() => void) | undefined
  const stream = new Writable({
    highWaterMark,
    decodeStrings: false,
    write(chunk, _encoding, done) {
      if (broken) {
        // A pipe tells later, when the write had seemed to succeed.
        setImmediate(done, Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
        return
      }
      text += String(chunk)
      if (held) waiting = done
      else done()
    },
  })
  return {
    stream: Object.assign(stream, { isTTY: terminal }),
    get text() {
      return text
    },
    get queued() {
      return stream.writableLength
    },
    breakPipe() {
      broken = true
    },
    hold() {
      held = true
    },
    release() {
      held = false
      waiting?.()
    },
  }
}
