/** `npm run fuzz`: see fuzz/README.md. Arguments go to `fuzz/run.ts`. */
import { join } from 'node:path'
import { become, bootstrap, root } from './bootstrap.mjs'

await bootstrap(import.meta.url)
await become(process.execPath, [join(root, 'fuzz', 'run.ts'), ...process.argv.slice(2)])
