/**
 * `npm test`: all that CI runs. `npm test -- <arguments of vitest>` runs those tests alone, without the checks.
 * The last line is always `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, root, say } from './bootstrap.mjs'
import { check } from './check.mjs'
import { ensurePage } from './page.mjs'

await bootstrap(import.meta.url)
ensurePage()

const selection = process.argv.slice(2)
const failed = selection.length === 0 ? await check() : []
if (failed.length > 0) say(`check failed: ${failed.join(', ')}`)

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const tests = spawnSync(process.execPath, [vitest, 'run', ...selection], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
process.exitCode = failed.length === 0 && tests.status === 0 ? 0 : 1
