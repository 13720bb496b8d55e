import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from './lock.ts'

let folder: string
let child: ChildProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Another process that takes the folder and holds it until it is killed. */
async function holder(): Promise<ChildProcess> {
  const source = `import { lockFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    lockFolder(${JSON.stringify(folder)}); globalThis.gc(); console.log('held'); setInterval(() => {}, 1000)`
  const process_ = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  child = process_
  await once(process_.stdout, 'data')
  return process_
}

describe('lockFolder', () => {
  it('shuts out a second process, naming the folder and the pid of the first', async () => {
    const other = await holder()
    expect(() => lockFolder(folder)).toThrow(
      expect.objectContaining({ code: 'storage-locked', message: expect.stringContaining(`${folder} is in use by process ${other.pid}`) }),
    )
  })

  it('is free again at once when its holder dies by kill -9', async () => {
    const other = await holder()
    other.kill('SIGKILL')
    await once(other, 'exit')
    lockFolder(folder).release()
  })

  it('shuts out a second owner in the same process until the first releases', () => {
    const first = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'storage-locked' }))
    first.release()
    first.release()
    lockFolder(folder).release()
  })

  it('says storage-read-only where no folder can be made', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => lockFolder(join(folder, 'file', 'data'))).toThrow(expect.objectContaining({ code: 'storage-read-only' }))
  })
})
