/**
 * The recording player as a program: `node src/simulators/provider/main.ts --port 8090 --fixtures DIR`.
 * Then set `OPENAI_BASE_URL=http://127.0.0.1:8090/v1` and any OPENAI_API_KEY.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { startRecordingPlayer } from './player.ts'
import { loadRecordings } from './recordings.ts'
import { samples } from './samples.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8090' }, fixtures: { type: 'string' } },
})
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port is ${values.port}; give a number from 0 to 65535.`)

const folder = values.fixtures ?? join(process.env['SLUICE_FIXTURES'] ?? join('..', 'shared', 'fixtures'), 'provider-streams')
if (values.fixtures !== undefined && !existsSync(folder))
  throw new Error(`--fixtures ${folder} is not there; leave it out to play the built-in samples.`)
const recordings = existsSync(folder) ? [...(await loadRecordings(folder)), ...samples] : samples

const player = await startRecordingPlayer({ recordings: [...recordings].sort((a, b) => rank(a.name) - rank(b.name)), port })
stdout.write(`Playing ${recordings.length} recordings (${existsSync(folder) ? `${folder} and ` : ''}built-in samples) at ${player.url}\n`)
for (const { name, api, bytes } of recordings) stdout.write(`  ${name}  ${api}  ${bytes.length} bytes\n`)
stdout.write(
  `The model's name picks the recording; any other name plays the first plain text.\n  OPENAI_BASE_URL=${player.url} OPENAI_API_KEY=any\n`,
)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void player.close())

/** The plain text sample answers to models that no recording is named after. */
function rank(name: string): number {
  return name === 'sample-text' ? 0 : 1
}
