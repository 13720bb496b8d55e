/** The published package: what package.json promises has a source that is compiled to it. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  readonly exports: Record<string, string | Record<string, string>>
  readonly bin: Record<string, string>
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
}

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
}

/** The source that `tsc` compiles to `target`. */
function sourceOf(target: string): string {
  return target.replace(/^(\.\/)?dist\//, 'src/').replace(/\.d\.ts$|\.js$/, '.ts')
}

describe('package.json', () => {
  it('names only entry points that have a source, types first', async () => {
    const { exports, bin } = await manifest()
    const entries = Object.values(exports).filter((entry) => typeof entry === 'object')
    expect(entries.length).toBeGreaterThan(0)
    for (const entry of entries) expect(Object.keys(entry)).toEqual(['types', 'default'])
    const targets = [...entries.flatMap((entry) => Object.values(entry)), ...Object.values(bin)]
    expect(targets.filter((target) => !existsSync(join(root, sourceOf(target))))).toEqual([])
  })

  it('pins every dependency exactly', async () => {
    const { dependencies, devDependencies } = await manifest()
    const versions = Object.entries({ ...dependencies, ...devDependencies })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  })

  it('has a lock file that names no registry, so that any mirror can serve it', async () => {
    const lock: { packages: Record<string, { resolved?: string }> } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
    expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
  })
})
