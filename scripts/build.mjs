/** `npm run build`: the library and the CLI to dist/, the page to web/dist/. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, root } from './bootstrap.mjs'
import { ensurePage } from './page.mjs'
import { runSteps } from './steps.mjs'

await bootstrap(import.meta.url)
rmSync(join(root, 'dist'), { recursive: true, force: true })
const failed = await runSteps([{ name: 'build', commands: [['tsc', '-p', 'tsconfig.build.json']] }])
ensurePage()
process.exitCode = failed.length === 0 ? 0 : 1
