/** The README's examples, run as a user would run them: each in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createServerProcess } from '../support/server-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-examples-'))
const examples = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? '')

/** What package.json promises for an import, as the source that is compiled to it. */
function sourceOf(specifier: string): string {
  const manifest: { exports: Record<string, { default: string }> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entry = manifest.exports[specifier.replace(/^sluice/, '.')]
  if (!entry) throw new Error(`package.json exports nothing for ${specifier}`)
  return pathToFileURL(join(root, entry.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))).href
}

async function run(index: number, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const file = join(folder, `example-${index}.mts`)
  writeFileSync(
    file,
    (examples[index] ?? '').replaceAll(/from '(sluice[^']*)'/g, (_all, specifier: string) => `from '${sourceOf(specifier)}'`),
  )
  const child = spawn(process.execPath, [file], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(errors).toBe('')
  expect(code).toBe(0)
  return output
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the examples of the README', () => {
  it('are as many as are run here', () => {
    expect(examples).toHaveLength(6)
  })

  it('ask a model without a server', async () => {
    const output = await run(0)
    expect(output).toContain('What is a sluice?')
    expect(output).toMatch(/\d+ characters, stop\n$/)
  })

  it('take a model of the AI SDK for a source', async () => {
    expect(await run(1)).toBe('Any model of the AI SDK. 7\n')
  })

  it('take what streams text for a source', async () => {
    expect(await run(2)).toBe('PLAIN! TEXT! \nany body\n')
  })

  it('keep a durable log and refuse its former owner', async () => {
    expect(await run(3)).toBe("fenced appended\n[ 'hello' ] 0000000000000002_0000000000000001 true\n")
  })

  it('serve a source of their own through one handler', async () => {
    expect(
      (await run(4))
        .split('\n')
        .map((line) => line.trim())
        .join(' '),
    ).toContain('DURABLE! STREAMS! completed')
  })

  it('follow a run of a server', async () => {
    await using server = await createServerProcess()
    await server.start()
    const lines = (await run(5, { SLUICE_URL: server.url })).trim().split('\n')
    expect(lines.at(-1)).toBe('completed')
    expect(Number(lines.at(-2))).toBeGreaterThan(100)
  })
})
