/** The documents name files and folders; here they are held to it. A cell or part of a sentence that says "not yet" may name what is planned. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Documents whose backticked paths are claims about the tree. */
const MAPS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/systems.md']
/** Documents whose links must lead somewhere. */
const LINKED = [...MAPS, 'CHANGELOG.md', 'PROTOCOL.md', 'bench/README.md', 'fuzz/README.md', 'soak/README.md', 'docs/threat-model.md']

const TOP_FOLDERS = '(?:src|web|test|bench|fuzz|soak|scripts|docs|decisions|\\.ci)'

/** Paths in backticks that start at a folder of ours; built and generated ones (dist) are not in the tree. `planned`: those that are "not yet" there. */
function namedPaths(text: string, planned = false): string[] {
  const claims = text.split(/[\n|;]/).filter((part) => /not yet/i.test(part) === planned)
  const paths = claims.flatMap((line) =>
    [...line.matchAll(new RegExp(`\`(${TOP_FOLDERS}/[^\`\\s]*|web)\``, 'g'))].map((match) => match[1] ?? ''),
  )
  return [...new Set(paths)].filter((path) => !/(^|\/)dist(\/|$)/.test(path))
}

/** Targets of links into the repository, without anchors. */
function links(text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '').filter((target) => !/^[a-z]+:/.test(target))
}

/** `src/stores/*` is there when `src/stores` holds a folder. */
async function exists(path: string): Promise<boolean> {
  if (!path.endsWith('/*')) return existsSync(join(root, path))
  const parent = join(root, path.slice(0, -2))
  return existsSync(parent) && (await readdir(parent, { withFileTypes: true })).some((entry) => entry.isDirectory())
}

describe('documents', () => {
  for (const document of MAPS) {
    it(`${document} names only what is there`, async () => {
      const missing: string[] = []
      const paths = namedPaths(await readFile(join(root, document), 'utf8'))
      for (const path of paths) if (!(await exists(path))) missing.push(path)
      expect(missing).toEqual([])
    })

    it(`${document} calls nothing planned that is there by now`, async () => {
      const landed: string[] = []
      for (const path of namedPaths(await readFile(join(root, document), 'utf8'), true)) if (await exists(path)) landed.push(path)
      expect(landed).toEqual([])
    })
  }

  it('every link between the documents leads somewhere', async () => {
    const decisions = (await readdir(join(root, 'decisions'))).map((file) => `decisions/${file}`)
    const broken: string[] = []
    for (const document of [...LINKED, ...decisions].filter((file) => existsSync(join(root, file)))) {
      const targets = links(await readFile(join(root, document), 'utf8'))
      broken.push(
        ...targets.filter((target) => !existsSync(join(root, dirname(document), target))).map((target) => `${document}: ${target}`),
      )
    }
    expect(broken).toEqual([])
  })

  it('every folder of src has a row in ARCHITECTURE.md', async () => {
    const text = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')
    const folders = (await readdir(join(root, 'src'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
    expect(folders.filter((folder) => !text.includes(`\`src/${folder}\``) && !text.includes(`\`src/${folder}/*\``))).toEqual([])
  })

  it('the reader of documents sees a path that is missing, and lets a planned one pass', () => {
    expect(namedPaths('| a | `src/no/such.ts`; `src/planned` is *not yet* |\nsee `dist/x` and `npm start`')).toEqual(['src/no/such.ts'])
    expect(links('[a](docs/a.md#part) [b](https://example.org)')).toEqual(['docs/a.md'])
  })
})
