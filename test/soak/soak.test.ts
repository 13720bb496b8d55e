/** The load proof, two minutes of it: `npm run soak` with everything in it, as a program of its own. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { PhaseResult } from '../../soak/section.ts'

const RUN = fileURLToPath(new URL('../../soak/run.ts', import.meta.url))

interface Soak {
  readonly code: number | null
  readonly output: string
  readonly results: readonly PhaseResult[]
}

async function soak(args: readonly string[], signal: AbortSignal): Promise<Soak> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-soak-'))
  const json = join(folder, 'soak.json')
  try {
    const child = spawn(process.execPath, [RUN, '--json', json, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    // The soak ends what it started, also when it is told to end early.
    const stop = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const written = await readFile(json, 'utf8').catch(() => '{"results":[]}')
    // `soak/report.ts` wrote it.
    const { results } = JSON.parse(written) as { readonly results: readonly PhaseResult[] }
    return { code, output, results }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('two minutes of runs, readers, faults and restarts, a million events, thousands of streams and readers: nothing is lost and nobody waits for ever', async ({
  signal,
}) => {
  const { code, output, results } = await soak(['--minutes', '2', '--short'], signal)
  expect(
    results.map(({ name }) => name),
    output,
  ).toEqual(['churn', 'million', 'many', 'idle'])
  expect(
    results.flatMap(({ verdicts }) => verdicts.filter(({ judgement }) => judgement === 'MISSED')),
    output,
  ).toEqual([])
  expect(code, output).toBe(0)
})
