/** `npm run soak`: see soak/README.md. Arguments go to `soak/run.ts`. */
import { join } from 'node:path'
import { become, bootstrap, root } from './bootstrap.mjs'

await bootstrap(import.meta.url)
await become(process.execPath, [join(root, 'soak', 'run.ts'), ...process.argv.slice(2)])
