/** One body over many connections. */

export interface ContinueSettings {
  readonly maxAttempts: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
}

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>
type Resume = (lastId: string) => Promise<Response>

/** The last thing that a whole answer says. */
const DONE = 'data: [DONE]'

/** Trying again is over. A `TypeError` about the network, which is how the stock client knows a lost connection. */
class Lost extends TypeError {}

/**
 * The frames of `first`, and where it breaks off those that follow, until the answer is whole. Frames without an id belong to the next one
 * that has one and are passed on together with it, as the server sends all of them again to whoever comes back in between.
 */
export function continued(first: Bytes, resume: Resume, settings: ContinueSettings, signal: AbortSignal | undefined): Bytes {
  const left = new AbortController()
  const over = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const frames = follow(first, resume, settings, over)
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const { done, value } = await frames.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel: (reason) => left.abort(reason),
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}

async function* follow(
  first: Bytes,
  resume: Resume,
  settings: ContinueSettings,
  over: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let body: Bytes | undefined = first
  let lastId = ''
  let attempt = 0
  let why: unknown = 'the connection ended before the answer'
  for (;;) {
    try {
      for await (const { text, id, done } of body === undefined ? [] : groups(body, over)) {
        if (id !== '' && id !== lastId) {
          lastId = id
          attempt = 0
        }
        yield text
        if (done) return
      }
    } catch (error) {
      why = error
    }
    over.throwIfAborted()
    // A server that gives its frames no ids leaves nothing to come back with.
    if (lastId === '' || attempt >= settings.maxAttempts) throw lost(`after ${attempt} attempts to resume it`, why)
    await pause(Math.random() * Math.min(settings.maxDelayMs, settings.baseDelayMs * 2 ** attempt), over)
    attempt += 1
    body = undefined
    try {
      const response = await resume(lastId)
      // Nothing follows what was read: only the mark of the end was lost.
      if (response.status === 204) return yield `${DONE}\n\n`
      if (response.ok && response.body !== null) body = response.body
      else if (response.status < 500 && response.status !== 408 && response.status !== 429)
        throw lost('as it cannot be resumed', response.status)
      else why = response.status
    } catch (error) {
      over.throwIfAborted()
      if (error instanceof Lost) throw error
      why = error
    }
  }
}

function lost(when: string, why: unknown): Lost {
  const reason = why instanceof Error ? why.message : typeof why === 'number' ? `the server answered ${why}` : String(why)
  return new Lost(`The network lost the answer ${when} (${reason}). Resume the chat to see the rest.`, { cause: why })
}

interface Group {
  readonly text: string
  /** The last id of the frames; empty when they have none. */
  readonly id: string
  readonly done: boolean
}

/** Whole frames up to one with an id, or the mark of the end, as they come. */
async function* groups(body: Bytes, over: AbortSignal): AsyncGenerator<Group, void, undefined> {
  const reader = body.getReader()
  // What is broken or no longer wanted has nothing more to say.
  const leave = (): void => void reader.cancel(over.reason).catch(() => {})
  over.addEventListener('abort', leave, { once: true })
  const decoder = new TextDecoder()
  let text = ''
  try {
    over.throwIfAborted()
    for (;;) {
      const { done, value } = await reader.read()
      over.throwIfAborted()
      if (done) return
      const from = Math.max(0, text.length - 1)
      text += decoder.decode(value, { stream: true })
      if (!text.includes('\n\n', from)) continue
      const group = firstGroup(text)
      if (group === undefined) continue
      text = text.slice(group.text.length)
      yield group
    }
  } finally {
    over.removeEventListener('abort', leave)
    leave()
  }
}

function firstGroup(text: string): Group | undefined {
  let end = 0
  let id = ''
  for (let at = 0, next = text.indexOf('\n\n'); next >= 0; at = next + 2, next = text.indexOf('\n\n', at)) {
    const lines = text.slice(at, next).split('\n')
    const named = lines.findLast((line) => line.startsWith('id: '))?.slice('id: '.length)
    const done = lines.includes(DONE)
    if (named === undefined && !done) continue
    id = named ?? id
    end = next + 2
    if (done) return { text: text.slice(0, end), id, done }
  }
  return end === 0 ? undefined : { text: text.slice(0, end), id, done: false }
}

/** Waits, or throws the reason of `over` as soon as it aborts. */
function pause(delayMs: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(over.reason)
    }
    const timer = setTimeout(() => {
      over.removeEventListener('abort', stop)
      resolve()
    }, delayMs)
    over.addEventListener('abort', stop, { once: true })
    if (over.aborted) stop()
  })
}
