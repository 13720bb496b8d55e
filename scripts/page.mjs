/** Builds the page when its sources changed since the last build. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root, say } from './bootstrap.mjs'

/** Everything that ends up in the page. */
const SOURCES = ['web', 'src/core', 'src/client', 'package-lock.json']
const NOT_SOURCES = /(^|\/)(dist|node_modules|testing)(\/|$)|\.test\.tsx?$/

/**
 * Makes `web/dist` current; does nothing when it is, which takes a few milliseconds. Exits the process when the build fails.
 */
export function ensurePage() {
  if (!existsSync(join(root, 'web', 'index.html'))) return
  const built = join(root, 'web', 'dist', 'index.html')
  // Not in web/dist: whatever lies there is served.
  const stamp = join(root, 'node_modules', '.cache', 'sluice', 'page')
  const digest = sourcesDigest()
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  say('building the page ...')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const result = spawnSync(process.execPath, [vite, 'build', 'web', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`)
    say('the page does not build; see above.')
    process.exit(1)
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

/** Contents decide, not times: a checkout or a copy changes every time and nothing else. */
function sourcesDigest() {
  const hash = createHash('sha256')
  for (const source of SOURCES) {
    for (const file of filesOf(join(root, source)).sort())
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0')
  }
  return hash.digest('hex')
}

function filesOf(path) {
  if (!existsSync(path) || NOT_SOURCES.test(relative(root, path))) return []
  if (path.endsWith('.json')) return [path]
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const child = join(path, entry.name)
    if (entry.isDirectory()) return filesOf(child)
    return NOT_SOURCES.test(relative(root, child)) ? [] : [child]
  })
}
