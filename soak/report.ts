/** The end of a soak: one table of the figures against their targets, then what stands behind them. */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { hostShape, table } from '../bench/report.ts'
import type { PhaseResult } from './section.ts'

export function render(results: readonly PhaseResult[], date: Date, seed: number): string {
  const verdicts = results.flatMap((result) => result.verdicts)
  const rows = verdicts.map(({ figure, target, measured, judgement }) => [figure, target, measured, judgement])
  const machine = `${date.toISOString().slice(0, 10)}, ${hostShape()}, seed ${seed}, load average at the end ${(loadavg()[0] ?? 0).toFixed(1)}.`
  const notes = results.map(({ name, notes }) => `${name}\n${notes.map((note) => `  ${note}`).join('\n')}`)
  return [machine, table(['figure', 'target', 'measured', ''], rows), ...notes].join('\n\n')
}

export async function saveJson(file: string, results: readonly PhaseResult[], date: Date, seed: number): Promise<void> {
  await writeFile(file, `${JSON.stringify({ date: date.toISOString(), host: hostShape(), seed, results }, undefined, 2)}\n`)
}

export function hasMissed(results: readonly PhaseResult[]): boolean {
  return results.some(({ verdicts }) => verdicts.some(({ judgement }) => judgement === 'MISSED'))
}
