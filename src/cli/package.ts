/** What the package says of itself. */
import { readFileSync } from 'node:fs'

// The same path from the sources and from the compiled files.
export const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
  readonly description: string
}
