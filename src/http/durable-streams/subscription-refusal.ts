/** Refusals of the subscription API: their codes are the protocol's own, and so is their shape. */

import { SluiceError } from '../../core/errors.ts'
import { statusOf } from '../problem.ts'

const STATUS = {
  INVALID_REQUEST: 400,
  WEBHOOK_URL_REJECTED: 400,
  TOKEN_INVALID: 401,
  SUBSCRIPTION_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  SUBSCRIPTION_ALREADY_EXISTS: 409,
  FENCED: 409,
  ALREADY_CLAIMED: 409,
  NO_PENDING_WORK: 409,
  INVALID_OFFSET: 409,
  LIMIT_REACHED: 429,
  WEBHOOKS_UNAVAILABLE: 501,
} as const

export type SubscriptionCode = keyof typeof STATUS

/** Thrown to the caller of a subscription's address. */
export class SubscriptionRefusal extends SluiceError {
  readonly subscriptionCode: SubscriptionCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: SubscriptionCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('invalid-request', message, { safeMessage: message })
    this.name = 'SubscriptionRefusal'
    this.subscriptionCode = code
    this.details = details
  }
}

/** The response to a refusal; `undefined` for what is no refusal and goes the way of all errors. */
export function refusalResponse(thrown: unknown): Response | undefined {
  if (thrown instanceof SubscriptionRefusal) {
    const { subscriptionCode: code, message, details } = thrown
    return Response.json({ error: { code, message, ...details } }, { status: STATUS[code] })
  }
  if (!(thrown instanceof SluiceError)) return undefined
  const status = statusOf(thrown)
  if (status >= 500) return undefined
  return Response.json({ error: { code: thrown.code.toUpperCase().replaceAll('-', '_'), message: thrown.safeMessage } }, { status })
}
