/**
 * Where a program's time goes, from CPU profiles as `--profile` writes them: `node bench/hot.ts DIR/*.cpuprofile`. Self time: a function's own
 * instructions, without those of what it calls. Built-in functions (sockets, SQLite, JSON) are told apart by the function that called them.
 */
import { readFile } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { argv, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** What we read of the format that V8 writes. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

/** Self time of one function, or of one folder. */
export interface Cost {
  readonly what: string
  readonly micros: number
  /** Of the time in which the program was not idle. */
  readonly share: number
}

export interface Hot {
  readonly busyMicros: number
  readonly functions: readonly Cost[]
  readonly folders: readonly Cost[]
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FUNCTIONS_SHOWN = 20
const FOLDERS_SHOWN = 16

/** Sums up a profile. */
export function hotOf({ nodes, samples, timeDeltas }: Profile): Hot {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const functions = new Map<string, number>()
  const folders = new Map<string, number>()
  let busyMicros = 0
  const own = new Map<number, number>()
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0))
  for (const [id, micros] of own) {
    const frame = byId.get(id)?.callFrame
    if (frame === undefined || isNothing(frame)) continue
    busyMicros += micros
    const caller = byId.get(callers.get(id) ?? -1)?.callFrame
    const what = isBuiltIn(frame) && caller ? `${nameOf(frame)} < ${placed(caller)}` : placed(frame)
    functions.set(what, (functions.get(what) ?? 0) + micros)
    const folder = folderOf(frame)
    folders.set(folder, (folders.get(folder) ?? 0) + micros)
  }
  const costs = (sums: ReadonlyMap<string, number>): Cost[] =>
    [...sums].map(([what, micros]) => ({ what, micros, share: micros / busyMicros })).sort((a, b) => b.micros - a.micros)
  return { busyMicros, functions: costs(functions), folders: costs(folders) }
}

/** As text for people. */
export function renderHot(name: string, { busyMicros, functions, folders }: Hot): string {
  const line = ({ what, micros, share }: Cost): string =>
    `${(share * 100).toFixed(1).padStart(6)} %  ${(micros / 1e3).toFixed(0).padStart(6)} ms  ${what}`
  const parts = [functions.slice(0, FUNCTIONS_SHOWN), folders.slice(0, FOLDERS_SHOWN)]
  return [`${name}: busy for ${(busyMicros / 1e3).toFixed(0)} ms`, ...parts.map((part) => part.map(line).join('\n'))].join('\n\n')
}

/** Waiting, and the profiler itself. */
function isNothing({ functionName, url }: Frame): boolean {
  return functionName === '(idle)' || url === 'node:inspector'
}

/** `(garbage collector)` and `(program)` have no caller that says anything. */
function isBuiltIn({ url, functionName }: Frame): boolean {
  return url === '' && !functionName.startsWith('(')
}

function nameOf({ functionName }: Frame): string {
  return functionName === '' ? '(anonymous)' : functionName
}

function placed(frame: Frame): string {
  return frame.url === '' ? nameOf(frame) : `${nameOf(frame)} ${fileOf(frame.url)}:${frame.lineNumber + 1}`
}

function fileOf(url: string): string {
  return url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url
}

/** `src/log`, `src/stores/sqlite`, `node_modules/hono`, `node` for Node's own modules, `built-in` for what is not JavaScript. */
function folderOf(frame: Frame): string {
  if (frame.url === '') return frame.functionName.startsWith('(') ? frame.functionName : 'built-in'
  const file = fileOf(frame.url)
  if (file.startsWith('node:')) return 'node'
  const names = file.split('/')
  const depth =
    names[0] === 'node_modules' && names[1]?.startsWith('@') === true ? 3 : names[1] === 'stores' || names[1] === 'sources' ? 3 : 2
  return names.slice(0, Math.min(depth, names.length - 1)).join('/')
}

if (import.meta.main) {
  const files = argv.slice(2)
  if (files.length === 0) {
    stderr.write('Give the files to read: node bench/hot.ts DIR/*.cpuprofile\n')
    process.exitCode = 2
  }
  for (const file of files) {
    // V8 wrote it: its own format vouches for the shape.
    const profile = JSON.parse(await readFile(file, 'utf8')) as Profile
    stdout.write(`${renderHot(basename(file), hotOf(profile))}\n\n`)
  }
}
