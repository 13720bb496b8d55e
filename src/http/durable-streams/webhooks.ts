/** Calling the receivers of webhooks. The composition gives the way out, because only it knows the network and who may be called. */

export interface Webhooks {
  /** Why this address must not be called, as a sentence; `undefined` when it may be. */
  fault(url: string, signal: AbortSignal): Promise<string | undefined>
  /**
   * Sends a body. Follows no redirect, and refuses addresses as `fault` does, also when a name means another one meanwhile.
   * @returns the status, and the beginning of the response's text.
   */
  post(url: string, request: WebhookRequest): Promise<{ readonly status: number; readonly text: string }>
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}
