/** Child processes that answer calls over IPC. A child ends by itself when its parent is gone, so a run that is killed leaves nothing behind. */
import { fork } from 'node:child_process'

/** What a child can be asked: functions of one argument; the argument and the answer travel as JSON. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>

export interface Child<C extends Calls> {
  /** @throws what the child threw, or that it ended or took longer than a call may. */
  call<M extends keyof C & string>(method: M, argument: Parameters<C[M]>[0]): Promise<Awaited<ReturnType<C[M]>>>
  /** Lets the child end in order; one that does not is killed. */
  stop(): Promise<void>
}

interface Question {
  readonly id: number
  readonly method: string
  readonly argument: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Longer than any call of any benchmark. */
const CALL_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

/** Starts a child from its program, with flags for Node. */
export function startChild<C extends Calls>(program: URL, execArgv: readonly string[] = []): Child<C> {
  const child = fork(program, {
    execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let nextId = 1
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const one of waiting.values()) one.reject(new Error(`${program.pathname} ended early (${signal ?? code}).`))
      resolve()
    })
  })
  child.on('message', (message) => {
    // The other end of this channel is `answerCalls` below.
    const { id, value, error } = message as Answer
    const one = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) one?.resolve(value)
    else one?.reject(new Error(error))
  })
  return {
    async call(method, argument) {
      const id = nextId++
      const answer = Promise.withResolvers<unknown>()
      waiting.set(id, answer)
      child.send({ id, method, argument } satisfies Question)
      const timer = setTimeout(() => {
        answer.reject(new Error(`${program.pathname} took longer than ${CALL_TIMEOUT_MS} ms for ${method}.`))
        child.kill('SIGKILL')
      }, CALL_TIMEOUT_MS)
      try {
        // The type of a child's program says what its calls answer; JSON carries it.
        return (await answer.promise) as never
      } finally {
        clearTimeout(timer)
      }
    },
    async stop() {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await exited
      clearTimeout(timer)
    },
  }
}

/** The child's side: answers calls until the parent goes, then closes and ends the process. */
export function answerCalls(calls: Calls, close: () => Promise<void>): void {
  process.on('message', (message) => {
    // The other end of this channel is `startChild` above.
    const { id, method, argument } = message as Question
    answer(calls, method, argument).then(
      (value) => process.send?.({ id, value } satisfies Answer),
      (error) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answer),
    )
  })
  process.once('disconnect', () => {
    close().finally(() => process.exit())
  })
}

async function answer(calls: Calls, method: string, argument: unknown): Promise<unknown> {
  const call = calls[method]
  if (call === undefined) throw new Error(`There is no call ${method}.`)
  return call(argument as never)
}
