/** Inputs as files: the corpus that is kept in the repository, and what broke something. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from './campaign.ts'
import { execute } from './execute.ts'
import { minimise } from './minimise.ts'
import type { Target } from './target.ts'

export const CORPUS = join(import.meta.dirname, 'corpus')
export const CRASHES = join(import.meta.dirname, 'crashes')

/** Limits of what is kept in the repository. */
const MAX_FILES = 40
const MAX_FILE_BYTES = 4 * 1024
const MINIMISE_RUNS = 300

/** The inputs of the corpus for one target, by the names of their files. */
export async function loadCorpus(target: Target): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = join(CORPUS, target.name)
  const inputs = new Map<string, Uint8Array>()
  if (!existsSync(folder)) return inputs
  for (const file of (await readdir(folder)).sort()) inputs.set(file, new Uint8Array(await readFile(join(folder, file))))
  return inputs
}

/** Writes an input under the hash of its bytes. @returns its path. */
async function write(folder: string, prefix: string, input: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${prefix}${createHash('sha256').update(input).digest('hex').slice(0, 16)}.bin`)
  await writeFile(path, input)
  return path
}

export function writeCrash(target: Target, input: Uint8Array): Promise<string> {
  return write(CRASHES, `${target.name}-`, input)
}

/**
 * Adds to the corpus of the repository what it does not show yet: as few inputs as show all features that were found, each made as small as it can be.
 * @returns how many files were written.
 */
export async function saveCorpus(target: Target, found: readonly Entry[]): Promise<number> {
  const kept = await loadCorpus(target)
  const shown = new Set<string>()
  for (const input of [...target.seeds(), ...kept.values()]) for (const feature of await featuresOf(target, input)) shown.add(feature)
  const waiting = found.filter(({ given }) => !given).sort((one, other) => one.input.length - other.input.length)
  let files = 0
  for (const { input, outcome } of waiting) {
    const news = outcome.features.filter((feature) => !shown.has(feature))
    if (news.length === 0 || kept.size + files >= MAX_FILES) continue
    const smallest = await minimise(input, async (smaller) => isIn(news, await featuresOf(target, smaller)), MINIMISE_RUNS)
    if (smallest.length > MAX_FILE_BYTES) continue
    for (const feature of await featuresOf(target, smallest)) shown.add(feature)
    await write(join(CORPUS, target.name), '', smallest)
    files++
  }
  return files
}

function isIn(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one))
}

async function featuresOf(target: Target, input: Uint8Array): Promise<readonly string[]> {
  const execution = await execute(target, input)
  return 'outcome' in execution ? execution.outcome.features : []
}
