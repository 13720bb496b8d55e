/** The scripts that everything else is started by. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Older Nodes cannot replace a process; taking the function away sends the script down their path. */
const HOSTS = { 'a Node that can replace the process': [], 'an older Node': ['--import', 'data:text/javascript,delete process.execve'] }

const SERVER = `
let signals = 0
for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => {
  signals += 1
  setTimeout(() => { console.log(name, signals); process.exit(7) }, 200)
})
setInterval(() => {}, 1000)
console.log('ready')
`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-scripts-'))
  const bootstrap = pathToFileURL(join(root, 'scripts', 'bootstrap.mjs')).href
  await writeFile(join(folder, 'server.mjs'), SERVER)
  await writeFile(join(folder, 'exit.mjs'), 'process.exit(3)')
  await writeFile(
    join(folder, 'become.mjs'),
    `import { become } from '${bootstrap}'\nawait become(process.execPath, process.argv.slice(2))\n`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Collects what a process prints until it exits. */
async function finished(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  return { code, output }
}

describe('becoming another program', () => {
  for (const [host, flags] of Object.entries(HOSTS)) {
    const start = (program: string): ChildProcess =>
      spawn(process.execPath, [...flags, join(folder, 'become.mjs'), join(folder, program)], { stdio: ['ignore', 'pipe', 'pipe'] })

    it(`on ${host} hands the exit code up`, async () => {
      expect(await finished(start('exit.mjs'))).toEqual({ code: 3, output: '' })
    })

    it.each(['SIGTERM', 'SIGINT'] as const)(`on ${host} hands %s down, once`, async (signal) => {
      const child = start('server.mjs')
      const result = finished(child)
      if (child.stdout) await once(child.stdout, 'data')
      child.kill(signal)
      expect(await result).toEqual({ code: 7, output: `ready\n${signal} 1\n` })
    })
  }
})

describe('the summary of a test run', () => {
  it('ends with one line of counts, after the reason of every skipped group', async () => {
    const tests = `
describe('group (needs a thing)', () => { it.skip('a', () => {}); it.skip('b', () => {}) })
it('notes why', (context) => context.skip('no thing here'))
it('passes', () => {})
it('fails', () => expect(1).toBe(2))
`
    const config = { test: { globals: true, include: ['*.test.ts'], reporters: ['minimal', join(root, 'scripts', 'reporter.ts')] } }
    await writeFile(join(folder, 'sample.test.ts'), tests)
    await writeFile(join(folder, 'broken.test.ts'), "throw new Error('does not load')")
    await writeFile(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify(config)}`)
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const child = spawn(process.execPath, [vitest, 'run', '--root', folder], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const { code, output } = await finished(child)
    expect(code).toBe(1)
    expect(output.split('\n').slice(-4)).toEqual([
      '2 skipped: sample.test.ts: group (needs a thing)',
      '1 skipped: sample.test.ts: notes why (no thing here)',
      '1 passed, 2 failed, 3 skipped',
      '',
    ])
  })
})
