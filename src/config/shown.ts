/** Values in messages about settings. */
import type { Scrubber } from '../telemetry/secrets.ts'

/** Characters of a wrong value that are shown. */
const MAX_SHOWN_CHARACTERS = 80

/** A value as it may be printed: somebody may have pasted a key into the wrong line. */
export function show(text: string, scrub: Scrubber): string {
  const clean = scrub.text(text)
  return JSON.stringify(clean.length > MAX_SHOWN_CHARACTERS ? `${clean.slice(0, MAX_SHOWN_CHARACTERS)}…` : clean)
}
