/** `npm run check`: everything that can be said without running the tests. Quiet when all is well. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootstrap, root, say } from './bootstrap.mjs'
import { runSteps } from './steps.mjs'

/** Runs all checks; resolves with the names of those that failed. */
export async function check() {
  const has = (path) => existsSync(join(root, path))
  return runSteps([
    {
      name: 'published form',
      commands: [
        [process.execPath, join(root, 'scripts', 'build.mjs')],
        ['publint', '--strict'],
        ['attw', '--pack', '.', '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'],
      ],
    },
    // Import boundaries are lint rules too (biome.json); test/boundaries.test.ts proves that they bite.
    { name: 'format and lint', commands: [['biome', 'check', '--error-on-warnings']] },
    { name: 'types', commands: [['tsc', '-p', '.']] },
    // What also runs in browsers and on other hosts must compile where nothing of Node is declared.
    { name: 'types without Node', commands: [['tsc', '-p', 'tsconfig.portable.json']] },
    ...(has('web/tsconfig.json') ? [{ name: 'types of the page', commands: [['tsc', '-p', 'web']] }] : []),
    { name: 'unused code', commands: [['knip', '--no-progress']] },
    ...(has('src/config/env-example.ts')
      ? [
          {
            name: '.env.example and the settings table',
            commands: [[process.execPath, join(root, 'src', 'config', 'env-example.ts'), '--check']],
          },
        ]
      : []),
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bootstrap(import.meta.url)
  const failed = await check()
  say(failed.length === 0 ? 'check passed' : `check failed: ${failed.join(', ')}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
