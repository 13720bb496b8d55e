/** What tests of this folder share. */
import type { Recording } from '../../simulators/provider/recordings.ts'

/** A sample of the Responses API as the SDK wants it: it checks fields of the opening that our samples leave out because nobody needs them. */
export function dressed<R extends Pick<Recording, 'bytes'>>(recording: R): R {
  const text = new TextDecoder().decode(recording.bytes)
  const bytes = new TextEncoder().encode(text.replaceAll('"response":{"id"', '"response":{"created_at":0,"model":"m","id"'))
  return { ...recording, bytes }
}
