/**
 * Keeps `.env.example`, and the table between `<!-- settings -->` and `<!-- /settings -->` in README.md, as the schema of the settings has them.
 *
 *     node src/config/env-example.ts --write    writes them
 *     node src/config/env-example.ts --check    fails when they are not current
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { envExample, settingsTable } from './settings-docs.ts'

export interface GeneratedFile {
  readonly path: string
  /** What it holds; empty when it does not exist. */
  readonly actual: string
  readonly wanted: string
}

const MARKED = /(<!-- settings -->\n).*?(<!-- \/settings -->)/s

/** The files under `root` that are generated, wholly or in part. README.md is left out when it has no marks. */
export function generatedFiles(root: URL): readonly GeneratedFile[] {
  const read = (path: string): string => (existsSync(new URL(path, root)) ? readFileSync(new URL(path, root), 'utf8') : '')
  const readme = read('README.md')
  const files: GeneratedFile[] = [{ path: '.env.example', actual: read('.env.example'), wanted: envExample() }]
  if (MARKED.test(readme)) {
    const wanted = readme.replace(MARKED, (_all, open: string, close: string) => `${open}\n${settingsTable()}\n${close}`)
    files.push({ path: 'README.md', actual: readme, wanted })
  }
  return files
}

function main(mode: string | undefined): number {
  const root = new URL('../../', import.meta.url)
  if (mode !== '--write' && mode !== '--check') {
    process.stderr.write('Give --write to write the generated files, or --check to see whether they are current.\n')
    return 2
  }
  const stale = generatedFiles(root).filter(({ actual, wanted }) => actual !== wanted)
  for (const { path, wanted } of stale) {
    if (mode === '--write') writeFileSync(new URL(path, root), wanted)
    process.stdout.write(mode === '--write' ? `wrote ${path}\n` : `${path} is not current: run node src/config/env-example.ts --write\n`)
  }
  return mode === '--check' && stale.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv[2])
