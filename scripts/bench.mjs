/** `npm run bench`: the benchmarks, each beside its baseline. Arguments go to `bench/run.ts`. */
import { join } from 'node:path'
import { become, bootstrap, root } from './bootstrap.mjs'

await bootstrap(import.meta.url)
await become(process.execPath, [join(root, 'bench', 'run.ts'), ...process.argv.slice(2)])
