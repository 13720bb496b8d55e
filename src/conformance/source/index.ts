/**
 * The suite of the `Source` port: what `ports/source.ts` promises, asked of any adapter.
 *
 *     sourceConformance('openai', async () => ({ source, completes, stalls, breaks, released, close }))
 */
import { describe } from 'vitest'
import type { Source, SourceRequest } from '../../ports/source.ts'
import { abortCases } from './abort.ts'
import { contentCases } from './content.ts'
import { resumeCases } from './resume.ts'

/** A source and requests that make it do what a test needs. */
export interface SourceUnderTest {
  readonly source: Source
  /** Is answered in full, with text. */
  readonly completes: SourceRequest
  /** Gives at least one event, then nothing for longer than a test lasts. */
  readonly stalls: SourceRequest
  /** Gives at least one event, then fails. */
  readonly breaks: SourceRequest
  /** Resolves once nothing is held any more by the attempts so far: no socket, no timer. Hangs otherwise, and the test fails. */
  released(): Promise<void>
  close(): Promise<void>
}

/** Opens a fresh source; each test opens its own and closes it. */
export type OpenSource = () => Promise<SourceUnderTest>

/** Defines the suite. Cases of a capability run where the source claims it for its `completes` model. */
export function sourceConformance(name: string, open: OpenSource): void {
  describe(`${name} keeps the promises of a source`, () => {
    contentCases(open)
    abortCases(open)
    resumeCases(open)
  })
}
