/**
 * Recognises repeated questions of `GET /v1/chat/stream`. A bare EventSource, a preloading browser or a person who reloads asks again with
 * the same address; that must find the run that is there and not pay for a second one (PROTOCOL 4.5).
 */
import type { Clock } from '../core/clock.ts'
import { SluiceError } from '../core/errors.ts'
import type { Runs } from '../generate/runs.ts'
import type { Principal, RunRecord } from '../ports/records.ts'

/** How long after its end a run still answers the same question, in milliseconds. */
export const REPEAT_WINDOW_MS = 10_000

/** Questions that are remembered; the one that was asked longest ago goes first. A live run is then still found among the caller's runs. */
export const MAX_REMEMBERED_QUESTIONS = 10_000

/** Live runs of the caller that are looked through when a question is not remembered. */
const MAX_LIVE_LOOKED_AT = 50

export interface Question {
  readonly message: string
  readonly model?: string
  readonly conversationId?: string
  /** Names the asking of this question: the same key finds the same run as long as idempotency keys are remembered, also after a restart. */
  readonly key?: string
}

/** What is needed of the runs. */
type Asked = Pick<Runs, 'create' | 'get' | 'list' | 'defaultModel'>

export interface RepeatedQuestions {
  /** The run of this question: the one that is there, or a new one. */
  ask(principal: Principal, question: Question): Promise<RunRecord>
}

export function repeatedQuestions(runs: Asked, clock: Clock): RepeatedQuestions {
  /** Id of the newest run of each question. Promises, so that requests that arrive together wait for one create. */
  const newest = new Map<string, Promise<string>>()

  const ask = async (principal: Principal, question: Question, earlier: Promise<string> | undefined): Promise<RunRecord> => {
    // An earlier request that failed has told its own caller why.
    const known = await earlier?.catch(() => undefined)
    const current = known === undefined ? undefined : await find(runs, principal, known)
    if (current && (isLive(current) || clock.now() - (current.endedAt ?? 0) < REPEAT_WINDOW_MS)) return current
    return (await findLive(runs, principal, question)) ?? (await start(runs, principal, question))
  }

  return {
    async ask(principal, question) {
      if (question.key !== undefined) return start(runs, principal, question)
      const id = await digest([principal.tenant, principal.user, question.message, question.model, question.conversationId])
      const asked = ask(principal, question, newest.get(id))
      const runId = asked.then((run) => run.id)
      newest.delete(id)
      newest.set(id, runId)
      runId.catch(() => {
        if (newest.get(id) === runId) newest.delete(id)
      })
      for (const oldest of newest.keys()) {
        if (newest.size <= MAX_REMEMBERED_QUESTIONS) break
        newest.delete(oldest)
      }
      return asked
    },
  }
}

async function find(runs: Asked, principal: Principal, id: string): Promise<RunRecord | undefined> {
  try {
    return await runs.get(principal, id)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'not-found') return undefined
    throw error
  }
}

function isLive(run: RunRecord): boolean {
  return run.status === 'queued' || run.status === 'running'
}

async function start(runs: Asked, principal: Principal, { message, model, conversationId, key }: Question): Promise<RunRecord> {
  const { run } = await runs.create(principal, {
    input: message,
    ...(model === undefined ? {} : { model }),
    ...(conversationId === undefined ? {} : { conversationId }),
    // Apart from the keys of POST, whose requests may say more.
    ...(key === undefined ? {} : { idempotencyKey: `chat-stream:${key}` }),
  })
  return run
}

/** After a restart nothing is remembered, but the runs that were taken over are live. */
async function findLive(runs: Asked, principal: Principal, question: Question): Promise<RunRecord | undefined> {
  const filter = question.conversationId === undefined ? {} : { conversationId: question.conversationId }
  for (const status of ['running', 'queued'] as const) {
    const { items } = await runs.list(principal, { ...filter, status }, { limit: MAX_LIVE_LOOKED_AT })
    const found = items.find((run) => answers(run, question, runs.defaultModel))
    if (found) return found
  }
  return undefined
}

function answers(run: RunRecord, question: Question, defaultModel: string): boolean {
  const asked = run.input.at(-1)
  return (
    asked?.role === 'user' &&
    asked.content === question.message &&
    run.model === (question.model ?? defaultModel) &&
    run.conversationId === question.conversationId &&
    // Runs that were asked for with options, or go on from others, are other runs.
    Object.keys(run.options).length === 0 &&
    run.parentId === undefined
  )
}

/** A question can be long; what is remembered of it is not. */
async function digest(parts: readonly (string | undefined)[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts.map((part) => part ?? null)))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
