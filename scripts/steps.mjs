/** Runs command lines quietly: a line when one fails, with its whole output, and nothing when it passes. */
import { spawn } from 'node:child_process'
import { root, say } from './bootstrap.mjs'

/** Two at a time: more than the cores of a small machine only makes each slower. */
const PARALLEL_STEPS = 2

/**
 * Runs all steps, the failing ones too, and resolves with the names of those that failed. A step is `{name, commands}`; its commands run
 * one after the other until one fails.
 */
export async function runSteps(steps) {
  const waiting = [...steps]
  const failed = []
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const started = Date.now()
      for (const command of step.commands) {
        const { code, output } = await run(command)
        if (code === 0) continue
        failed.push(step.name)
        process.stderr.write(`\n${output.trimEnd()}\n`)
        say(`${step.name} failed after ${((Date.now() - started) / 1000).toFixed(1)} s: ${command.join(' ')}`)
        break
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_STEPS }, worker))
  return failed
}

function run([file, ...args]) {
  return new Promise((resolve) => {
    const chunks = []
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }))
  })
}
