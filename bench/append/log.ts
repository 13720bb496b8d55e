/** What is compared: a log that takes one event of one stream and says when it is safe. */

export interface AppendLog {
  /** Resolves when the event is durable. */
  append(stream: number, event: Uint8Array): Promise<void>
  close(): Promise<void>
}
