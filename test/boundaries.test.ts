/** The linter knows which folder may import what (ARCHITECTURE.md, section 2). Here it is shown to bite, and to let through what is allowed. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const biome = join(root, 'node_modules', '.bin', 'biome')

/** The composition root: it wires everything, so it may import everything. */
const COMPOSITION_ROOT = ['cli', 'config']

/** For a folder of `src`: imports that it may have and imports that it must not have. */
const CASES: Record<string, { readonly allowed: readonly string[]; readonly forbidden: readonly string[] }> = {
  core: { allowed: ['./event.ts'], forbidden: ['node:fs', 'zod', '../ports/store.ts', '../index.ts', '../../web/x.ts'] },
  text: { allowed: ['./spans.ts', '../core/event.ts'], forbidden: ['node:fs', '../ports/store.ts', 'react'] },
  ports: { allowed: ['../core/event.ts'], forbidden: ['node:fs', 'zod', '../log/hub.ts', '../stores/memory/store.ts'] },
  log: {
    allowed: ['../core/event.ts', '../ports/store.ts'],
    forbidden: ['../http/app.ts', '../stores/sqlite/store.ts', '../generate/runs.ts', 'hono'],
  },
  generate: {
    allowed: ['../core/event.ts', '../ports/store.ts', '../log/hub.ts', '../text/spans.ts'],
    forbidden: ['../http/app.ts', '../sources/openai/source.ts', '../records/memory/records.ts', 'undici', './testing/engine.ts'],
  },
  sqlite: {
    allowed: ['../core/errors.ts', 'node:sqlite', 'node:fs/promises'],
    forbidden: ['../ports/store.ts', '../stores/sqlite/store.ts'],
  },
  'stores/memory': {
    allowed: ['../../core/event.ts', '../../ports/store.ts'],
    forbidden: ['../sqlite/store.ts', '../../log/hub.ts', 'hono'],
  },
  'stores/sqlite': {
    allowed: ['../../sqlite/open.ts', 'node:sqlite'],
    forbidden: ['../memory/store.ts', '../../records/sqlite/records.ts'],
  },
  'records/memory': { allowed: ['../../core/event.ts', '../rules.ts'], forbidden: ['../sqlite/records.ts', '../../generate/runs.ts'] },
  'records/sqlite': { allowed: ['../../sqlite/open.ts'], forbidden: ['../../stores/sqlite/store.ts', '../memory/records.ts'] },
  'credentials/memory': { allowed: ['../../core/event.ts'], forbidden: ['../sqlite/credentials.ts', '../../http/app.ts'] },
  'credentials/sqlite': { allowed: ['../../sqlite/open.ts'], forbidden: ['../../records/sqlite/records.ts', '../memory/credentials.ts'] },
  'sources/openai': {
    allowed: ['../../ports/source.ts', 'eventsource-parser/stream'],
    forbidden: ['../simulated/source.ts', '../../generate/runs.ts'],
  },
  'sources/simulated': { allowed: ['../../ports/source.ts'], forbidden: ['../openai/source.ts', '../../simulators/recordings/server.ts'] },
  http: {
    allowed: ['../core/event.ts', '../log/hub.ts', '../generate/runs.ts', 'hono'],
    forbidden: ['node:http', '../stores/sqlite/store.ts', '../client/reader.ts', 'pino'],
  },
  client: { allowed: ['../core/event.ts', 'eventsource-parser'], forbidden: ['node:http', '../ports/store.ts', '../http/app.ts', 'react'] },
  'ai-sdk': { allowed: ['./continued.ts'], forbidden: ['../core/event.ts', 'ai', 'node:http', '../client/index.ts'] },
  'simulators/recordings': {
    allowed: ['../../core/clock.ts', 'node:http'],
    forbidden: ['../../sources/openai/source.ts', '../../ports/source.ts'],
  },
  telemetry: { allowed: ['../ports/observer.ts', 'pino', 'prom-client'], forbidden: ['../log/hub.ts', '../http/app.ts', 'hono'] },
  conformance: {
    allowed: ['../ports/store.ts', '../core/testing/fake-clock.ts', 'vitest', 'fast-check'],
    forbidden: ['../stores/memory/store.ts', '../log/hub.ts'],
  },
}

const WEB = {
  allowed: ['./app.tsx', 'react', '../../src/core/fold.ts', '../../src/client/index.ts'],
  forbidden: ['../../src/http/app.ts', '../../src/index.ts', 'node:fs', 'node:fs/promises'],
}

let sandbox: string

beforeAll(async () => {
  sandbox = await mkdtemp(join(tmpdir(), 'sluice-boundaries-'))
  const config: unknown = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'))
  // The copy is no checkout, so the linter cannot ask git there.
  await writeFile(join(sandbox, 'biome.json'), JSON.stringify({ ...(config as object), vcs: { enabled: false } }))
})
afterAll(() => rm(sandbox, { recursive: true, force: true }))

/** An empty project under our rules. */
async function project(): Promise<string> {
  const folder = await mkdtemp(join(sandbox, 'run-'))
  await copyFile(join(sandbox, 'biome.json'), join(folder, 'biome.json'))
  return folder
}

async function writeProbe(file: string, specifier: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `import ${JSON.stringify(specifier)}\n`)
}

/** Writes each import to a file of its own, in `folder` of the sandbox, and tells which of them the linter refused. */
async function refused(folder: string, name: string, imports: readonly string[]): Promise<string[]> {
  const run = await project()
  for (const [index, specifier] of imports.entries()) await writeProbe(join(run, folder, `${index}-${name}`), specifier)
  const report = await lint(run)
  const hit = report.diagnostics.filter((diagnostic) => diagnostic.category === 'lint/style/noRestrictedImports')
  return imports.filter((_, index) => hit.some(({ location }) => location.path.endsWith(`${index}-${name}`)))
}

interface LintReport {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[]
}

function lint(cwd: string): Promise<LintReport> {
  return new Promise((resolve, reject) => {
    execFile(biome, ['lint', '--reporter=json', '--max-diagnostics=none'], { cwd }, (error, stdout) => {
      // A finding is exit 1 with a report; anything without a report is the linter itself failing.
      if (stdout.trimStart().startsWith('{')) resolve(JSON.parse(stdout))
      else reject(error ?? new Error(`biome printed no report: ${stdout}`))
    })
  })
}

describe('import boundaries', () => {
  for (const [folder, { allowed, forbidden }] of Object.entries(CASES)) {
    it(`src/${folder}: the linter refuses what it must not import, and nothing else`, async () => {
      expect(await refused(join('src', folder), 'probe.ts', [...allowed, ...forbidden])).toEqual(forbidden)
    })
  }

  it('web: the linter refuses the server and Node, and nothing else', async () => {
    expect(await refused(join('web', 'src'), 'probe.tsx', [...WEB.allowed, ...WEB.forbidden])).toEqual(WEB.forbidden)
  })

  it('a type, a re-export and a dynamic import are imports too', async () => {
    const run = await project()
    await mkdir(join(run, 'src', 'core'), { recursive: true })
    const forms = [
      "import type { A } from '../log/a.ts'\nexport type B = A\n",
      "export { a } from '../log/a.ts'\n",
      "export * from '../log/a.ts'\n",
      "export const a = await import('../log/a.ts')\n",
    ]
    await Promise.all(forms.map((text, index) => writeFile(join(run, 'src', 'core', `${index}.ts`), text)))
    const { diagnostics } = await lint(run)
    const hit = diagnostics.filter(({ category }) => category === 'lint/style/noRestrictedImports').map(({ location }) => location.path)
    expect(hit.sort()).toEqual(forms.map((_, index) => `src/core/${index}.ts`))
  })

  it('of the HTTP door only the two files that know Node may import it', async () => {
    for (const file of ['listen.ts', 'node-adapter.ts', 'page-files.ts']) {
      const run = await project()
      await writeProbe(join(run, 'src', 'http', file), 'node:http')
      expect((await lint(run)).diagnostics, file).toEqual([])
    }
  })

  it('tests may import what they test with', async () => {
    expect(await refused(join('src', 'core'), 'probe.test.ts', ['node:fs', 'vitest', '../stores/memory/store.ts'])).toEqual([])
    expect(await refused(join('src', 'log', 'testing'), 'probe.ts', ['../../stores/memory/store.ts'])).toEqual([])
  })

  it('helpers of tests in core ship with the conformance suites, so they stay in core', async () => {
    const allowed = ['../event.ts', 'fast-check']
    const forbidden = ['../../ports/store.ts', 'node:fs']
    expect(await refused(join('src', 'core', 'testing'), 'probe.ts', [...allowed, ...forbidden])).toEqual(forbidden)
  })

  it('every folder of src has a rule', async () => {
    for (const folder of await foldersOfSource()) {
      expect(await refused(folder, 'probe.ts', ['../cli/main.ts', '../../cli/main.ts', 'no-such-package']), folder).toHaveLength(3)
    }
  })

  it('no type slips in through an inline import, which the linter does not see', async () => {
    const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) => file.endsWith('.ts'))
    const slips: string[] = []
    for (const file of files) {
      if (/(?:[:<|&=]|typeof|extends)\s*import\(\s*['"]/.test(await readFile(join(root, 'src', file), 'utf8'))) slips.push(file)
    }
    expect(slips).toEqual([])
  })
})

/** Folders that hold files themselves, below `src`, except the composition root and helpers of tests. */
async function foldersOfSource(): Promise<string[]> {
  const entries = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true })
  const sources = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  const folders = new Set(sources.map((entry) => entry.parentPath.slice(root.length)))
  for (const name of COMPOSITION_ROOT) folders.delete(join('src', name))
  folders.delete('src')
  return [...folders].filter((folder) => basename(folder) !== 'testing').sort()
}
