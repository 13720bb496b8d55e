/** Calls of tools, put together from the fragments of `tool_calls`. */
import { SluiceError } from '../../core/errors.ts'
import type { PartEvent } from '../../core/event.ts'
import type { Parts } from '../shared/parts.ts'
import { countAt, objectAt, textAt, type Wire } from '../shared/wire.ts'

/** Calls in one response; a server that sends more has lost count. */
export const MAX_CALLS = 1_000

export interface CallFlow {
  /**
   * The fragments of one delta.
   * @throws {SluiceError} `provider` for more than `MAX_CALLS` calls.
   */
  read(fragments: readonly Wire[]): readonly PartEvent[]
  /** Whether there is any call. */
  readonly any: boolean
  /** Whether there is a call whose name never came: nobody can answer it. */
  readonly nameless: boolean
}

interface Call {
  readonly key: string
  readonly index: number | undefined
  id: string | undefined
  named: boolean
  /** The argument text so far; it waits for the name. */
  text: string
}

export function createCallFlow(parts: Parts): CallFlow {
  const calls: Call[] = []

  /** The call that a fragment belongs to: by its index, else by its id, else the last one; or a new one. */
  const callOf = (index: number | undefined, id: string | undefined, name: string | undefined): Call => {
    const known =
      index === undefined
        ? (calls.find((call) => id !== undefined && call.id === id) ?? (id !== undefined && name !== undefined ? undefined : calls.at(-1)))
        : calls.findLast((call) => call.index === index)
    if (known !== undefined && !isAnother(known, index, id, name)) return known
    if (calls.length >= MAX_CALLS) throw new SluiceError('provider', `The response has more than ${MAX_CALLS} calls of tools.`)
    const call: Call = { key: `tool-${calls.length}`, index, id, named: false, text: '' }
    calls.push(call)
    return call
  }

  const readOne = (fragment: Wire, position: number | undefined): readonly PartEvent[] => {
    const made = objectAt(fragment, 'function') ?? objectAt(fragment, 'custom')
    const id = textAt(fragment, 'id') || undefined
    const name = textAt(made, 'name') || undefined
    const call = callOf(countAt(fragment, 'index') ?? position, id, name)
    call.id ??= id
    const piece = argumentOf(made, call)
    call.text += piece
    if (call.named) return parts.argument(call.key, piece)
    if (name === undefined) return []
    call.named = true
    return [...parts.call(call.key, call.id, name), ...parts.argument(call.key, call.text)]
  }

  return {
    read: (fragments) => fragments.flatMap((fragment, at) => readOne(fragment, fragments.length > 1 ? at : undefined)),
    get any() {
      return calls.length > 0
    },
    get nameless() {
      return calls.some((call) => !call.named)
    },
  }
}

/**
 * Whether a fragment that points at a call begins another one. Some servers send whole calls all under index 0, or without index and id; others
 * repeat the id or the name with every fragment. What tells them apart is whether the call has all of its argument.
 */
function isAnother(call: Call, index: number | undefined, id: string | undefined, name: string | undefined): boolean {
  if (name === undefined || (id === undefined ? index !== undefined : id === call.id)) return false
  return isWhole(call.text)
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Text as it comes. Servers that parse it first send an object, whole, and may repeat it. */
function argumentOf(made: Wire | undefined, call: Call): string {
  const text = textAt(made, 'arguments') ?? textAt(made, 'input')
  if (text !== undefined) return text
  const parsed = made?.['arguments']
  return typeof parsed === 'object' && parsed !== null && call.text === '' ? JSON.stringify(parsed) : ''
}
