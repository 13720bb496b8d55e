/** Results as text for people (tables that are Markdown too), as JSON for machines, and as the summary in README.md. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { figure, judge, type Section } from './section.ts'

const RESULTS = new URL('./results/', import.meta.url)
const README = new URL('./README.md', import.meta.url)
const BEGIN = '<!-- results: begin (made by `npm run bench -- --readme`) -->'
const END = '<!-- results: end -->'

/** The machine, as far as it matters for the numbers. */
export function hostShape(): string {
  return `${process.platform}-${process.arch}-${availableParallelism()}cpu-${Math.round(totalmem() / 2 ** 30)}gib-node${process.versions.node}`
}

/** Everything as Markdown. */
export function render(sections: readonly Section[], date: Date): string {
  const verdicts = sections.flatMap((section) => section.verdicts)
  const parts = sections.map(({ title, note, head, rows }) => `### ${title}\n\n${note}\n\n${table(head, rows)}`)
  const targets = table(
    ['target', 'measured', 'wanted', ''],
    verdicts.map((one) => [one.what, `${figure(one.measured)} ${one.unit}`, `${one.wanted} ${figure(one.limit)} ${one.unit}`, judge(one)]),
  )
  const machine = `${date.toISOString().slice(0, 10)}, ${cpus()[0]?.model ?? 'unknown processor'}, ${hostShape()}, load average at the end ${(loadavg()[0] ?? 0).toFixed(1)}.`
  return [machine, ...parts, ...(verdicts.length === 0 ? [] : [`### Targets\n\n${targets}`])].join('\n\n')
}

/** A table that is Markdown too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

/** Writes `bench/results/<date>-<host shape>.json`; the path. */
export async function saveJson(sections: readonly Section[], date: Date): Promise<string> {
  await mkdir(RESULTS, { recursive: true })
  const file = new URL(`${date.toISOString().replaceAll(/[:.]/g, '-')}-${hostShape()}.json`, RESULTS)
  const results = sections.map((section) => ({
    ...section,
    verdicts: section.verdicts.map((verdict) => ({ ...verdict, judgement: judge(verdict) })),
  }))
  await writeFile(
    file,
    `${JSON.stringify({ date: date.toISOString(), host: hostShape(), cpu: cpus()[0]?.model, results }, undefined, 2)}\n`,
  )
  return fileURLToPath(file)
}

/** Replaces the summary in README.md. */
export async function saveReadme(text: string): Promise<void> {
  const old = await readFile(README, 'utf8')
  const [before, rest] = old.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`bench/README.md has lost its markers: ${BEGIN} and ${END}.`)
  await writeFile(README, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`)
}
