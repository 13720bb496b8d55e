/** `npm start`: from a fresh clone to a served page. Arguments go to `sluice serve`. */
import { join } from 'node:path'
import { become, bootstrap, root } from './bootstrap.mjs'
import { ensurePage } from './page.mjs'

await bootstrap(import.meta.url)
ensurePage()
// Keeps what Node made of the sources: about a third of the start.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'node')
await become(process.execPath, [join(root, 'src', 'cli', 'main.ts'), 'serve', ...process.argv.slice(2)])
