/** `npm run bench [-- <names> --quick --readme --profile <folder>]`: see README.md. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { append } from './append.ts'
import { auth } from './auth.ts'
import { fanOut } from './fan-out.ts'
import { idle } from './idle.ts'
import { many } from './many.ts'
import { paced } from './paced.ts'
import { provider } from './provider.ts'
import { replay } from './replay.ts'
import { render, saveJson, saveReadme } from './report.ts'
import type { BenchOptions, Section } from './section.ts'

const BENCHMARKS: Readonly<Record<string, (options: BenchOptions) => Promise<Section>>> = {
  'fan-out': fanOut,
  paced,
  many,
  idle,
  append,
  provider,
  replay,
  auth,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, readme: { type: 'boolean', default: false }, profile: { type: 'string' } },
})
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark ${unknown}. There are: ${Object.keys(BENCHMARKS).join(', ')}.\n`)
  process.exit(2)
}
if (values.readme && (values.quick || positionals.length > 0)) {
  process.stderr.write('The summary in README.md is made from a whole run: give --readme alone.\n')
  process.exit(2)
}

const date = new Date()
const sections: Section[] = []
for (const name of names) {
  const run = BENCHMARKS[name]
  if (run) sections.push(await run({ quick: values.quick, profile: values.profile, progress: (what) => process.stderr.write(`${what}\n`) }))
}
const text = render(sections, date)
process.stdout.write(`\n${text}\n\n`)
process.stdout.write(`All measurements: ${await saveJson(sections, date)}\n`)
if (values.profile !== undefined) {
  const reader = relative(process.cwd(), fileURLToPath(new URL('./hot.ts', import.meta.url)))
  process.stdout.write(`Where the time went: node ${reader} ${values.profile}/*.cpuprofile\n`)
}
if (values.readme) await saveReadme(text)
