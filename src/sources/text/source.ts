/**
 * Anything that streams text as a source: an async generator, the body of a `fetch`, the text of another library.
 *
 *     createTextSource({ name: 'mine', open: async ({ messages }, { signal }) => (await fetch(url, { signal, … })).body })
 */
import { abortError, linkAbort, orAbort } from '../../core/abort.ts'
import { SluiceError } from '../../core/errors.ts'
import { type Answer, answerText } from '../../core/fold.ts'
import type { Source, SourceEvent, SourceRequest } from '../../ports/source.ts'
import { describe } from '../shared/describe.ts'
import { checkNames, refuseModel, refuseResume } from '../shared/names.ts'
import { discard, type Pieces, pieces } from '../shared/pieces.ts'
import { createRedactor } from '../shared/redact.ts'
import { thrownError } from '../shared/thrown.ts'
import { createChunkReader } from './decode.ts'

/** What `open` may give. Bytes are UTF-8; characters may be cut anywhere between chunks. */
export type TextStream = AsyncIterable<string | Uint8Array> | ReadableStream<string> | ReadableStream<Uint8Array>

export interface OpenText {
  /** Aborts when the answer is not wanted any more, also when nobody reads on. Pass it to whatever does the work. */
  readonly signal: AbortSignal
  /** The text of the answer so far; what is streamed goes on right behind it. Empty unless the source says `resume: 'position'`. */
  readonly said: string
}

export interface TextSourceOptions {
  /** First part of the model ids: `mine` in `mine/default`. */
  readonly name: string
  /** Names of the models that there are; `open` finds the one that is meant in `request.model`. Default: one, called `default`. */
  readonly models?: readonly string[]
  /**
   * Begins one answer. **The end of what it gives is the end of the answer**: whoever cannot tell an end from a break, such as a body that is cut,
   * must throw where the text is not complete. A `SluiceError` keeps its code; anything else thrown is `connection`, `timeout` or `provider`. For the
   * body of a `fetch`, check `response.ok` before giving `response.body`; `null`, a response without a body, fails as `provider`.
   */
  readonly open: (request: SourceRequest, call: OpenText) => TextStream | null | Promise<TextStream | null>
  /** `position`: `open` can go on behind `said`, so a run survives its server. Default `none`: a run that breaks off stays broken off. */
  readonly resume?: 'position' | 'none'
}

const DEFAULT_MODELS = ['default']
const PART = 'text'

/**
 * A source of one text part. An answer without a character has no part and is complete all the same. What it used is unknown.
 * @throws {SluiceError} `configuration` when the name or a model's name cannot stand in a model id.
 */
export function createTextSource(options: TextSourceOptions): Source {
  const { name, models = DEFAULT_MODELS, open, resume: ability = 'none' } = options
  checkNames(name, models)
  const what = `The text source ${name}`
  const redact = createRedactor([])

  async function* stream(
    request: SourceRequest,
    { signal, resume }: Parameters<Source['stream']>[1],
  ): AsyncGenerator<SourceEvent, void, undefined> {
    if (signal.aborted) throw abortError(signal)
    if (!models.includes(request.model)) refuseModel(name, models, request.model)
    if (resume !== undefined && ability === 'none') refuseResume(name)
    const part = textPart(resume?.answer)
    const id = part?.id ?? PART
    let begun = part !== undefined
    if (part?.done !== true) {
      for await (const text of texts(request, signal, resume === undefined ? '' : answerText(resume.answer))) {
        if (!begun) yield { type: 'text-start', id }
        begun = true
        if (signal.aborted) throw abortError(signal)
        yield { type: 'text-delta', id, text }
      }
      if (signal.aborted) throw abortError(signal)
      if (begun) yield { type: 'text-end', id }
    }
    if (signal.aborted) throw abortError(signal)
    yield { type: 'finish', reason: 'stop', usage: { basis: 'unknown' } }
  }

  /** The pieces of text, none of them empty. */
  async function* texts(request: SourceRequest, signal: AbortSignal, said: string): AsyncGenerator<string, void, undefined> {
    using work = linkAbort(signal)
    const reader = createChunkReader(what)
    let over = false
    try {
      const opening = (async () => checked(await open(request, { signal: work.signal, said })))()
      // What opens after we have left is let go of; that it may fail instead is told by the wait below, or nobody wants to know any more.
      opening.then((late) => signal.aborted && discard(late)).catch(() => {})
      for await (const chunk of pieces<unknown>(await orAbort(opening, signal), signal)) {
        const text = reader.read(chunk)
        if (text !== '') yield text
      }
      const rest = reader.end()
      if (rest !== '') yield rest
      over = true
    } catch (thrown) {
      if (signal.aborted) throw abortError(signal)
      throw thrownError(thrown, what, redact)
    } finally {
      if (!over) work.abort(new Error('Nobody reads this answer any more.'))
    }
  }

  function checked(stream: unknown): Pieces<unknown> {
    if (typeof stream === 'object' && stream !== null && ('getReader' in stream || Symbol.asyncIterator in stream)) {
      return stream as Pieces<unknown>
    }
    const remedy = 'Give an async iterable of strings, or a ReadableStream of strings or bytes, such as the body of a response.'
    throw new SluiceError('provider', `The open function of ${name} gave ${describe(stream)}. ${remedy}`)
  }

  return {
    name,
    models,
    capabilities(model) {
      if (!models.includes(model)) refuseModel(name, models, model)
      return { resume: ability, cancel: false }
    },
    stream,
    // The signal is all there is.
    cancel: async () => {},
  }
}

function textPart(answer: Answer | undefined): { readonly id: string; readonly done: boolean } | undefined {
  return answer?.parts.findLast((part) => part.kind === 'text')
}
