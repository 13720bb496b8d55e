/**
 * From a fresh clone to a running script: installs what is missing, then goes on under the Node that the lock file pins.
 *
 * This file runs before anything is installed and on whatever Node the machine has, so it imports only built-in modules and uses only
 * syntax that Node 18 knows.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const bin = join(root, 'node_modules', '.bin')
const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/**
 * Call it first in a script, with the script's `import.meta.url`. When it returns, everything is installed, this process is the pinned Node,
 * and child processes find the tools and the same Node on their PATH. Where the process has to be another Node, this one stays as a thin
 * parent that hands signals down and the exit code up, and never returns.
 */
export async function bootstrap(scriptUrl) {
  process.chdir(root)
  if (!isInstalled()) install()
  process.env.PATH = bin + delimiter + (process.env.PATH ?? '')
  if (realpathSync(process.execPath) !== realpathSync(pinnedNode)) {
    await become(pinnedNode, [fileURLToPath(scriptUrl), ...process.argv.slice(2)])
  }
}

/** One line about what takes a while, apart from the output of what is run. */
export function say(line) {
  process.stderr.write(`sluice: ${line}\n`)
}

/**
 * Goes on as another program in this terminal and never returns: replaces the process where Node can do that, otherwise waits for a child.
 */
export function become(file, args) {
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve(file, [file, ...args], process.env)
  }
  return new Promise(() => {
    const child = spawn(file, args, { stdio: 'inherit' })
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
      process.on(signal, () => {
        // A terminal signals the whole foreground group, the child included; handing its signals on as well would deliver them twice.
        if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal)
      })
    }
    child.on('error', (error) => {
      say(`${file} does not start (${error.message}). Remove node_modules and try again.`)
      process.exit(1)
    })
    child.on('exit', (code, signal) => {
      if (signal === null) process.exit(code)
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    })
  })
}

/** Whether node_modules holds every package of the lock file in its version. npm writes its own list last, so a broken install has none. */
function isInstalled() {
  const installedList = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(pinnedNode) || !existsSync(installedList)) return false
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    // Optional packages belong to other platforms and may be absent.
    if (path === '' || entry.optional || entry.devOptional || (entry.peer && !installed[path])) return true
    return installed[path] !== undefined && installed[path].version === entry.version
  })
}

function install() {
  say('installing dependencies (npm ci, about a minute, once) ...')
  // `npm_execpath` is the npm that runs this script; without it, the one on the PATH.
  const npm = process.env.npm_execpath
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund']
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024, env: installEnvironment() }
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (result.status === 0 && isInstalled()) return
  process.stderr.write(`${result.stdout || ''}${result.stderr || ''}`)
  say(`npm ci failed${result.error ? ` (${result.error.message})` : ''}. Its output is above; mend that and start again.`)
  process.exit(1)
}

/** Development dependencies are needed to run from source, also where NODE_ENV or npm's `omit` would leave them out. */
function installEnvironment() {
  const env = { ...process.env, NODE_ENV: 'development', npm_config_include: 'dev' }
  delete env.npm_config_omit
  return env
}
