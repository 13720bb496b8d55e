/** What is compared: a way to read a provider's answer. */
import type { Api } from './bodies.ts'

export interface Endpoint {
  readonly api: Api
  /** `http://127.0.0.1:<port>`; the operations lie under `/v1`. */
  readonly origin: string
  /** Empty, on a disk, and removed afterwards by somebody else. */
  readonly folder: string
}

export interface Consumer {
  /**
   * Asks once and reads the answer to its end. The result tells how many UTF-16 units its text has; called after the measurement, as that may mean to read
   * back what was stored.
   */
  ask(): Promise<() => number | Promise<number>>
  /** Records that were stored so far, where any are. */
  readonly stored?: number
  close(): Promise<void>
}

export type ConsumerFactory = (endpoint: Endpoint) => Promise<Consumer>

export const PROMPT = 'What is a durable stream?'
/** Any will do; what is sent to it never leaves the machine. */
export const KEY = 'bench-key-of-no-provider'

export const OPERATION: Readonly<Record<Api, string>> = {
  'openai-responses': '/v1/responses',
  'openai-chat': '/v1/chat/completions',
  anthropic: '/v1/messages',
}

/** A consumer that only reads, as a function that gives the length of the text. */
export function reading(read: () => Promise<number>): Consumer {
  return {
    async ask() {
      const chars = await read()
      return () => chars
    },
    close: async () => {},
  }
}
