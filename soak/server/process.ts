/** What the system knows of a process. Linux tells; elsewhere there is nothing. */
import { readdir, readFile, readlink } from 'node:fs/promises'

/** Milliseconds that the main thread could have run and had to wait for a processor; `undefined` where the system does not tell. */
export async function waitedForProcessorMs(pid: number): Promise<number | undefined> {
  try {
    const [, waitedNanos] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')
    return waitedNanos === undefined ? undefined : Number(waitedNanos) / 1e6
  } catch {
    // Another system, or the process is gone.
    return undefined
  }
}

/** How many descriptors of each kind are open, such as `socket`, `pipe` and files by their name. */
export async function descriptorsOf(pid: number): Promise<Readonly<Record<string, number>>> {
  const kinds = new Map<string, number>()
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => 'closed meanwhile')
      const kind = target.startsWith('/') ? (target.split('/').at(-1) ?? target) : target.replace(/:?\[.*/, '')
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
  } catch {
    // Another system: the number of them, from the server's own metrics, has to do.
  }
  return Object.fromEntries(kinds)
}
