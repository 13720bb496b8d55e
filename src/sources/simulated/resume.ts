/** What is left of a script after a part of it was already said. Pure. */
import { SluiceError } from '../../core/errors.ts'
import type { Answer, AnswerPart } from '../../core/fold.ts'
import type { ScriptStep } from './script.ts'

/**
 * The steps that are still to come after `answer`, which may stop anywhere: between events, inside a delta, before or after an end.
 * Parts are matched by their order, and go on under the ids that they have in the answer.
 * @throws {SluiceError} `invalid-request` when the answer is not a beginning of this script: another prompt, seed or model.
 */
export function remainingSteps(steps: readonly ScriptStep[], answer: Answer): readonly ScriptStep[] {
  const left: ScriptStep[] = []
  let index = -1
  let said: AnswerPart | undefined
  let consumed = 0
  for (const step of steps) {
    const { event } = step
    if (event.type.endsWith('-start')) {
      said = answer.parts[++index]
      consumed = 0
      if (said === undefined) left.push(step)
      else if (said.kind !== kindOf(event.type)) throw different(said)
    } else if (said === undefined) {
      left.push(step)
    } else if ('text' in event) {
      const known = saidText(said).slice(consumed, consumed + event.text.length)
      if (!event.text.startsWith(known)) throw different(said)
      consumed += known.length
      const rest = event.text.slice(known.length)
      const begun = known === '' ? step : { waitTokens: 0, silenceMs: 0 }
      if (rest !== '') left.push({ ...begun, event: { ...event, id: said.id, text: rest } })
    } else if (event.type === 'tool-result') {
      if (said.kind !== 'tool' || said.result === undefined) left.push({ ...step, event: { ...event, id: said.id } })
    } else {
      if (consumed < saidText(said).length) throw different(said)
      if (!said.done) left.push({ ...step, event: { ...event, id: said.id } })
    }
  }
  const extra = answer.parts[index + 1]
  if (extra !== undefined) throw different(extra)
  return left
}

function saidText(part: AnswerPart): string {
  return part.kind === 'tool' ? part.input : part.text
}

function kindOf(type: string): AnswerPart['kind'] {
  return type.startsWith('tool') ? 'tool' : type.startsWith('text') ? 'text' : 'reasoning'
}

function different(part: AnswerPart): SluiceError {
  return new SluiceError(
    'invalid-request',
    `The answer to resume differs from the simulated one in its part ${JSON.stringify(part.id)}. Resume with the model, seed and prompt that it began with.`,
  )
}
