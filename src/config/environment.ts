/** The environment of the process, with a `.env` file behind it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { SluiceError } from '../core/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What `env` says, and the file `.env` in `folder` where it is silent. A variable that is set to nothing in `env` hides the file's.
 * @throws {SluiceError} `configuration` when there is a file that cannot be read.
 */
export function loadEnvironment(folder: string, env: Environment): Environment {
  const path = join(folder, '.env')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return env
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError('configuration', `${path} cannot be read: ${detail}. Make it a readable file, or remove it.`, { cause })
  }
  return { ...parseEnv(text.replace(/^\uFEFF/, '')), ...env }
}
