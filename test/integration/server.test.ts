/** The server as an operator meets it: start, stop, hand over, refuse. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { answerText, createClient } from '../../src/client/index.ts'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { sluice } from '../support/program.ts'
import { createServerProcess } from '../support/server-process.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('No port was bound')
  return address.port
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-server-'))
  folders.push(folder)
  return folder
}

describe('a server that is told to stop', () => {
  it('turns not ready, refuses new runs, hands the long ones over, and its successor ends them with exactly their text', async () => {
    await using server = await createServerProcess({ SLUICE_DRAIN_TIMEOUT_MS: '1500', SLUICE_LOG_LEVEL: 'error' })
    await server.start()
    const client = createClient({ baseUrl: server.url })
    const run = await client.runs.create({ input: 'Q', model: 'simulated/long', options: { seed: 3, tokensPerSecond: 300 } })
    const quick = await client.runs.create({ input: 'Q', model: 'simulated/short', options: { tokensPerSecond: 200 } })
    const answer = client.answer(run.id)
    const stopped = server.stop()
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    await expect(client.runs.create({ input: 'late' })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await stopped).toBe(0)
    await server.start()
    expect(answerText(await answer)).toBe(simulatedText('long', 3, 'Q'))
    expect(await client.runs.get(quick.id)).toMatchObject({ status: 'completed' })
  })
})

describe('a server that cannot start', () => {
  it('says who owns the data folder', async () => {
    await using server = await createServerProcess()
    await server.start()
    const data = /Data: {3}(.*)/.exec(server.output)?.[1] ?? ''
    const second = await sluice(['serve', '--port', '0', '--data', data])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`The data folder ${data} is in use by process`)
  })

  it('names a damaged database and leaves it as it is', async () => {
    const data = newFolder()
    writeFileSync(join(data, 'store.db'), 'This is not a database. '.repeat(100))
    const { code, stderr } = await sluice(['serve', '--port', '0', '--data', data])
    expect(code).toBe(1)
    expect(stderr).toContain('store.db')
    expect(stderr).not.toContain('    at ')
  })

  it('names all wrong settings at once, and no secret', async () => {
    const { code, stderr } = await sluice(['serve'], { PORT: 'eighty', HOST: '0.0.0.0', OPENAI_API_KEY: 'sk secret value' }, newFolder())
    expect(code).toBe(1)
    for (const name of ['PORT', 'HOST', 'OPENAI_API_KEY']) expect(stderr).toContain(name)
    expect(stderr).not.toContain('secret value')
  })

  it('names a port that is taken', async () => {
    const blocker = createServer()
    const port = await listen(blocker)
    const { code, stderr } = await sluice(['serve', '--port', String(port), '--data', newFolder()])
    blocker.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${port} (EADDRINUSE)`)
  })
})

describe('the command line against a server', () => {
  it('asks, streams the text, and follows the run again as events', async () => {
    await using server = await createServerProcess()
    await server.start()
    const asked = await sluice(['run', 'Hello', '--model', 'simulated/short', '--tokens-per-second', '500', '--url', server.url])
    expect(asked.code).toBe(0)
    expect(asked.stdout.trim()).toBe(simulatedText('short', 1, 'Hello').trim())
    const [run] = (await createClient({ baseUrl: server.url }).runs.list()).items
    const followed = await sluice(['tail', run?.id ?? '', '--json'], { SLUICE_URL: server.url })
    const events: { type: string; offset: string }[] = followed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events[0]).toMatchObject({ type: 'run-start' })
    expect(events.at(-1)).toMatchObject({ type: 'run-end', outcome: 'completed' })
  })

  it('says how to start a server that is not there', async () => {
    const gone = createServer()
    const port = await listen(gone)
    await new Promise((resolve) => gone.close(resolve))
    const { code, stderr } = await sluice(['run', 'Hello', '--url', `http://127.0.0.1:${port}`])
    expect(code).not.toBe(0)
    expect(stderr).toContain('sluice serve')
  })
})
