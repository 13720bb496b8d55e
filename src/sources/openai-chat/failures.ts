/** Failures inside a stream that began with 200, in the shapes that servers send them. */
import { failureIn, type ProviderFailure } from '../shared/failure.ts'
import { asObject, objectAt, textAt, type Wire } from '../shared/wire.ts'

/** Reasons to finish that say that the server broke off: OpenRouter's, and DeepSeek's when its machines are full. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource'])

/**
 * The failure that a frame reports; absent when it reports none. Shapes: an `error` key of any kind in the frame, also beside choices and usage,
 * or in its choice; the frame itself as the error (older vLLM); a reason to finish that is none.
 */
export function failureOf(frame: Wire, choice: Wire | undefined): ProviderFailure | undefined {
  if (isSet(frame['error'])) return detailed(failureIn(frame), objectAt(frame, 'error'))
  if (choice !== undefined && isSet(choice['error'])) return detailed(failureIn(choice), objectAt(choice, 'error'))
  // Groq's word on why it stopped early.
  const groq = objectAt(frame, 'x_groq')
  if (groq !== undefined && isSet(groq['error'])) return failureIn(groq)
  if (frame['object'] === 'error' || frame['type'] === 'error') return failureIn({ error: frame })
  const reason = textAt(choice, 'finish_reason') ?? ''
  return BROKEN_OFF.has(reason) ? { code: reason } : undefined
}

/** Servers that always have the key fill it with nothing. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}

/** Gateways say only that their provider failed, and put what it said beside that. */
function detailed(failure: ProviderFailure, error: Wire | undefined): ProviderFailure {
  const metadata = objectAt(error, 'metadata')
  const raw = metadata?.['raw']
  const said = typeof raw === 'string' ? raw : asObject(raw) === undefined ? undefined : JSON.stringify(raw)
  const who = textAt(metadata, 'provider_name')
  // Not cut here: half a key is one that nobody finds again. Whoever redacts it cuts it.
  const more = [who, said].filter((part) => part !== undefined && part !== '')
  return more.length === 0 ? failure : { ...failure, message: [failure.message ?? 'A provider failed', ...more].join(': ') }
}
