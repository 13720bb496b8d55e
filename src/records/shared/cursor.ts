/** Cursors of paged lists: opaque text for the caller, a list's name and the number of the last row that was given out for us. */
import { SluiceError } from '../../core/errors.ts'
import type { Page, PageRequest } from '../../ports/records.ts'

/** Which list a cursor belongs to; a cursor of one is refused by the others. */
export type ListName = 'runs' | 'conversations' | 'messages'

/** Rows per page at most. */
const MAX_PAGE_LIMIT = 200

/** Before the newest row: where a list begins that is read newest first. */
const NEWEST = Number.MAX_SAFE_INTEGER

const CURSOR = /^(runs|conversations|messages):(\d{1,16})$/

/**
 * Checks what a caller asks for. The page holds rows with a number below `before`, the highest first. Row numbers only rise, so what is
 * written meanwhile cannot shift a page.
 * @throws {SluiceError} `invalid-request` for a limit out of bounds, or an `after` that this list never gave out.
 */
export function readPageRequest(list: ListName, page: PageRequest): { readonly before: number; readonly limit: number } {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_PAGE_LIMIT) {
    throw new SluiceError('invalid-request', `A page of ${list} has 1 to ${MAX_PAGE_LIMIT} items, not ${page.limit}.`, {
      safeMessage: `The limit of a page must be a whole number from 1 to ${MAX_PAGE_LIMIT}.`,
    })
  }
  if (page.after === undefined) return { before: NEWEST, limit: page.limit }
  const match = CURSOR.exec(decode(page.after))
  const before = Number(match?.[2])
  if (match?.[1] !== list || !Number.isSafeInteger(before)) {
    throw new SluiceError(
      'invalid-request',
      `Not a position in the list of ${list}: ${JSON.stringify(page.after.slice(0, 80))}. Give the \`next\` of an earlier page, unchanged.`,
      { safeMessage: 'The page position is not one that this list gave out.' },
    )
  }
  return { before, limit: page.limit }
}

/** Makes a page of up to `limit + 1` rows: the one too many only says that there is more. */
export function makePage<Row, T>(
  list: ListName,
  rows: readonly Row[],
  limit: number,
  seq: (row: Row) => number,
  item: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(item)
  return rows.length > limit && last !== undefined ? { items, next: encode(`${list}:${seq(last)}`) } : { items }
}

function encode(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The text in a cursor, or nothing that `CURSOR` matches. */
function decode(cursor: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(cursor)) return ''
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    return encode(text) === cursor ? text : ''
  } catch {
    return ''
  }
}
