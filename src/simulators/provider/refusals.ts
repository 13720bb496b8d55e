/** What the player says when it cannot play, in the shape in which the API that was asked reports errors. */
import type { IncomingHttpHeaders } from 'node:http'

export interface Refusal {
  readonly status: 404 | 413
  readonly message: string
}

/** Error types of the Messages API by status. */
const ANTHROPIC_TYPES: Readonly<Record<Refusal['status'], string>> = { 404: 'not_found_error', 413: 'request_too_large' }

/** Whether somebody speaks the Messages API: by the path, or by the header that all its clients send. */
export function speaksAnthropic(path: string, headers: IncomingHttpHeaders): boolean {
  return /^\/messages(\/|$)/.test(path) || headers['anthropic-version'] !== undefined
}

export function refusalBody({ status, message }: Refusal, anthropic: boolean): Readonly<Record<string, unknown>> {
  if (anthropic) return { type: 'error', error: { type: ANTHROPIC_TYPES[status], message }, request_id: null }
  return { error: { type: 'invalid_request_error', code: null, param: null, message } }
}
