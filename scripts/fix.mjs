/** `npm run fix`: formats, and mends what the linter can mend. */
import { bootstrap, say } from './bootstrap.mjs'
import { runSteps } from './steps.mjs'

await bootstrap(import.meta.url)
const failed = await runSteps([{ name: 'format and lint', commands: [['biome', 'check', '--write']] }])
say(failed.length === 0 ? 'formatted' : 'some findings need a hand; see above')
process.exitCode = failed.length === 0 ? 0 : 1
