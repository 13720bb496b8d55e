/**
 * The conformance suite of the store port: call `storeConformance` from a test file of an adapter. Every test quotes a sentence of
 * `ports/store.ts`.
 */
import { describe } from 'vitest'
import { basics } from './basics.ts'
import { closure } from './closure.ts'
import { expiry } from './expiry.ts'
import type { StoreFixture } from './fixture.ts'
import { forks } from './forks.ts'
import { ownership } from './ownership.ts'
import { producers } from './producers.ts'
import { random } from './random.ts'
import { watching } from './watching.ts'

export type { StoreFixture } from './fixture.ts'

/** Defines the tests for one adapter. */
export function storeConformance(fixture: StoreFixture): void {
  describe(`${fixture.name} keeps the contract of the store`, () => {
    for (const part of [basics, ownership, producers, closure, expiry, forks, watching, random]) part(fixture)
  })
}
