/** Where a stream of the protocol lies: its address, its id in the store, and whose it is. */
import { isOffset, type Offset, START } from '../../core/offset.ts'
import type { Owner } from '../../ports/records.ts'
import { Refusal } from '../problem.ts'
import { bad } from './headers.ts'

/** Addresses of streams begin with it. */
export const PREFIX = '/v1/stream/'
/** Names of streams that are written by runs alone begin with it; such a name is the store's id as well. */
export const RUNS = 'runs/'

/** The id under which the store keeps a stream. Every owner has a room of its own, so that nobody meets another's names. */
export function storeIdOf(owner: Owner, path: string): string {
  return `streams/${encodeURIComponent(owner.tenant)}/${encodeURIComponent(owner.user)}/${path}`
}

/** The part of an address that names the stream. @throws {Refusal} 404 for an address that is none of a stream. */
export function pathOf(address: string): string {
  const path = address.startsWith(PREFIX) ? address.slice(PREFIX.length) : ''
  if (path === '') throw new Refusal(404, 'not-found', `Addresses of streams begin with ${PREFIX}, and then have a name.`)
  return path
}

/** Where a reader starts: a position, or the tail as it is. */
export type Start = { readonly after: Offset } | 'now'

/** @throws {Refusal} 400 for what is no position. */
export function startOf(sent: string): Start {
  if (sent === 'now') return 'now'
  if (sent === '-1') return { after: START }
  if (!isOffset(sent)) throw bad('The offset is not one: send -1, now, or what a response called Stream-Next-Offset, unchanged.')
  return { after: sent }
}
