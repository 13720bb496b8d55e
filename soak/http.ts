/** The soak's own HTTP calls, on connections that it can close: one that is kept for later is a descriptor of the server. */
import { Agent, fetch as undiciFetch } from 'undici'
import type { Fetch } from '../src/client/connection.ts'

export interface OwnHttp {
  readonly fetch: Fetch
  /** Closes all connections. Later calls open new ones. */
  close(): Promise<void>
}

export function createOwnHttp(): OwnHttp {
  let agent = new Agent()
  return {
    // The types of this fetch and of Node's own differ in name only.
    fetch: (url, init) =>
      undiciFetch(url, { ...init, dispatcher: agent } as Parameters<typeof undiciFetch>[1]) as unknown as Promise<Response>,
    async close() {
      const old = agent
      agent = new Agent()
      await old.destroy()
    },
  }
}
