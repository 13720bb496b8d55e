/** `sluice run`: ask, and read the answer as it is written. */
import { defineCommand } from 'citty'
import type { CreateRun, RunOptions } from '../client/api.ts'
import { type Session, usageError, withSession } from './session.ts'
import { watchRun } from './watch.ts'

export interface RunQuestion extends Session {
  readonly request: CreateRun
  /** One JSON object per event instead of the text. */
  readonly json: boolean
}

/**
 * Creates a run and shows it until it ends. Ctrl-C cancels the run and waits for its sealed end.
 * @returns the exit code: 0 completed, 1 failed or interrupted, 130 cancelled.
 * @throws {SluiceError} when the run could not be created or read.
 */
export async function runQuestion(question: RunQuestion): Promise<number> {
  const { client, request, stderr } = question
  // Not given the interrupt: a run that may exist must be known before it can be cancelled.
  const run = await client.runs.create(request)
  await stderr.write(`run ${run.id} (${run.model})\n`).catch(() => {})
  return await watchRun({ ...question, runId: run.id, onInterrupt: 'cancel' })
}

/** Longest question that is read from standard input, in characters; the server has its own, lower limit. */
const MAX_STDIN_CHARS = 16 * 1024 * 1024

/** All of standard input as text. @throws {SluiceError} `configuration` when it is empty or too long. */
export async function readQuestion(stdin: AsyncIterable<string | Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    if (text.length > MAX_STDIN_CHARS)
      throw usageError(`Standard input is longer than ${MAX_STDIN_CHARS} characters. Ask a shorter question.`)
  }
  text += decoder.decode()
  if (text.trim() === '') throw usageError('Standard input is empty. Pipe the question in, or give it as the argument.')
  return text
}

export const runCommand = defineCommand({
  meta: { name: 'run', description: 'Ask a question and read the answer as it is written' },
  args: {
    question: { type: 'positional', required: true, description: 'The question; - reads it from standard input' },
    model: { type: 'string', valueHint: 'source/model', description: "Which model answers; the server's default otherwise" },
    conversation: { type: 'string', valueHint: 'id', description: 'Ask within this conversation' },
    seed: { type: 'string', valueHint: 'number', description: 'Simulated model: the same seed gives the same text' },
    'tokens-per-second': { type: 'string', valueHint: 'number', description: 'Simulated model: its speed; 0 is as fast as possible' },
    json: { type: 'boolean', description: 'Print each event as a line of JSON' },
    url: { type: 'string', valueHint: 'url', description: 'Address of the server; SLUICE_URL otherwise' },
  },
  async run({ args }) {
    process.exitCode = await withSession(process, args.url, async (session) => {
      const options: RunOptions = {
        ...(args.seed === undefined ? {} : { seed: number('seed', args.seed) }),
        ...(args['tokens-per-second'] === undefined ? {} : { tokensPerSecond: number('tokens-per-second', args['tokens-per-second']) }),
      }
      const request: CreateRun = {
        input: args.question === '-' ? await readQuestion(process.stdin) : args._.join(' '),
        ...(args.model === undefined ? {} : { model: args.model }),
        ...(args.conversation === undefined ? {} : { conversationId: args.conversation }),
        ...(Object.keys(options).length === 0 ? {} : { options }),
      }
      return await runQuestion({ ...session, request, json: args.json === true })
    })
  },
})

function number(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw usageError(`--${option} is ${JSON.stringify(text)}, which is not a number.`)
  return value
}
