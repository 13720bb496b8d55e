/** The answer of a run while it is written: the fold of its events, kept up to date. */
import { SluiceError } from '../core/errors.ts'
import { type Answer, applyEvent, EMPTY_ANSWER } from '../core/fold.ts'
import { type Offset, START } from '../core/offset.ts'
import { type FollowHost, type FollowOptions, followStream } from './follow.ts'

export interface AnswerOptions extends Pick<FollowOptions, 'signal' | 'onConnection'> {
  /** What an earlier reader had, for instance before the page was left; from the beginning by default. */
  readonly from?: { readonly answer: Answer; readonly offset: Offset }
  /** Called after each event with the answer so far. After a lost position it starts from the empty answer again. */
  readonly onChange?: (answer: Answer, offset: Offset) => void
}

/**
 * @returns the whole answer, with its outcome.
 * @throws as `followStream`; `server` when the stream is over and what was given as `from` lacks its end.
 */
export async function readAnswer(host: FollowHost, url: string, options: AnswerOptions = {}): Promise<Answer> {
  const { from, onChange, ...rest } = options
  let answer = from?.answer ?? EMPTY_ANSWER
  const offset = await followStream(host, url, {
    ...rest,
    ...(from ? { after: from.offset } : {}),
    onEvent(located) {
      answer = applyEvent(answer, located.event)
      onChange?.(answer, located.offset)
    },
    onReset() {
      answer = EMPTY_ANSWER
      onChange?.(answer, START)
    },
  })
  if (answer.outcome === undefined) {
    throw new SluiceError(
      'server',
      `Nothing follows ${offset} at ${url}, and the answer up to there has no end. Read it from the beginning.`,
      {
        retryable: false,
      },
    )
  }
  return answer
}
