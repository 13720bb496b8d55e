/**
 * The recording player as a program: `node src/simulators/provider/main.ts --port 8090 --fixtures DIR`.
 * It prints which variables point Sluice at it. Any key will do.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { startRecordingPlayer } from './player.ts'
import { loadRecordings } from './recordings.ts'
import { anthropicSamples } from './samples/anthropic.ts'
import { chatSamples } from './samples/chat.ts'
import { responsesSamples } from './samples/responses.ts'

const samples = [...responsesSamples, ...chatSamples, ...anthropicSamples]

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8090' }, fixtures: { type: 'string' } },
})
const port = Number(values.port)
const folder = values.fixtures ?? join(process.env['SLUICE_FIXTURES'] ?? join('..', 'shared', 'fixtures'), 'provider-streams')

if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--port is ${values.port}; give a number from 0 to 65535.`)
else if (values.fixtures !== undefined && !existsSync(folder))
  fail(`--fixtures ${folder} is not there; leave it out to play the built-in samples.`)
else await serve()

async function serve(): Promise<void> {
  // A sample first: the first recording answers to models that none is named after.
  const recordings = existsSync(folder) ? [...samples, ...(await loadRecordings(folder))] : samples
  const player = await startRecordingPlayer({ recordings, port })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void player.close())

  stdout.write(`Playing ${recordings.length} recordings at ${player.url}\n`)
  for (const { name, api, bytes } of recordings) stdout.write(`  ${name}  ${api}  ${bytes.length} bytes\n`)
  stdout.write("The model's name picks the recording; any other name plays the first of its API.\n")
  stdout.write(`  OPENAI_BASE_URL=${player.url} OPENAI_API_KEY=any\n`)
  // The Messages API puts its version into the path itself.
  stdout.write(`  ANTHROPIC_BASE_URL=${new URL(player.url).origin} ANTHROPIC_API_KEY=any\n`)
  stdout.write(`  COMPATIBLE_PLAYER_BASE_URL=${player.url}, for models such as player/${chatSamples[0]?.name}\n`)
}

function fail(message: string): void {
  stderr.write(`${message}\n`)
  process.exitCode = 1
}
