/**
 * Cuts Markdown that is still being written into blocks: closed ones, which no further text can change, and one open
 * block at the end. So a page parses each closed block once and only the open one again and again.
 *
 * Pure: `advance` never changes its argument. Promises: the raw texts of all blocks joined are the text; a closed block
 * stays the same object for ever; work grows with the new text, not with the whole (see `OpenBlock` for the one block that grows).
 * Cuts are cautious: where CommonMark lets a later line reach back (lazy lines, loose lists, underlined headings), the block stays open.
 */
import { closesFence, type Fence, indentOf, isBlank, isHeading, isRule, itemMarker, type Marker, mayBeRule, openingFence } from './lines.ts'

/** Columns from which a line is code. */
const CODE_INDENT = 4
/** An open block up to this many characters is parsed anew with every change. */
export const EAGER_CHARS = 4096
/** A longer one is parsed anew when it has grown by this factor: a geometric series, so that its whole cost stays linear. */
export const REPARSE_GROWTH = 1.125
/** Characters of an unfinished line that are looked at to recognise what it begins. */
const PEEK_CHARS = 64

export type Block =
  | { readonly kind: 'markdown'; readonly raw: string }
  | { readonly kind: 'fence'; readonly raw: string; readonly fence: Fence }
  /** One item of a list with all that is inside it; items that follow each other with the same `list` are one list. */
  | { readonly kind: 'item'; readonly raw: string; readonly list: string; readonly number?: number }

/** The block at the end. `block.raw` and then `tail` are its text; what `tail` holds is shown as plain text until the next parse. */
export interface OpenBlock {
  readonly block: Block
  readonly tail: string
}

export interface Split {
  readonly closed: readonly Block[]
  readonly open?: OpenBlock
  readonly cursor: Cursor
}

/** Where the scan stands. */
interface Cursor {
  /** Characters seen. */
  readonly length: number
  readonly done: boolean
  /** Start of the open block. */
  readonly start: number
  /** Start of the line that is not complete yet, and how far it was searched for its end. */
  readonly line: number
  readonly searched: number
  readonly kind: Kind
  readonly afterBlank: boolean
  /** Whether the unfinished line has already told what block it begins. */
  readonly recognised: boolean
}

/** What the open block is, as far as its lines have told. */
type Kind =
  | { readonly is: 'empty' }
  | { readonly is: 'text' }
  | { readonly is: 'indented' }
  | { readonly is: 'fence'; readonly fence: Fence }
  | { readonly is: 'item'; readonly marker: Marker; readonly list: string; readonly number?: number }

type Item = Extract<Kind, { is: 'item' }>

const START: Cursor = {
  length: 0,
  done: false,
  start: 0,
  line: 0,
  searched: 0,
  kind: { is: 'empty' },
  afterBlank: false,
  recognised: false,
}

/** The split of no text. */
export const EMPTY_SPLIT: Split = { closed: [], cursor: START }

/**
 * The split of `text`, which begins with the text that `previous` was made of; another text is split from its start.
 * @param done whether no more text comes: then all blocks are closed.
 */
export function advance(previous: Split, text: string, done: boolean): Split {
  const from = previous.cursor
  if (text.length === from.length && done === from.done) return previous
  if (text.length < from.length || from.done) return advance(EMPTY_SPLIT, text, done)

  let { start, line, searched, kind, afterBlank, recognised } = from
  const closed: Block[] = []
  const cut = (at: number): void => {
    if (at > start) closed.push(makeBlock(kind, text.slice(start, at)))
    start = at
    kind = { is: 'empty' }
    afterBlank = false
  }
  /** Takes a whole line in; the line's end is already behind `line`. */
  const take = (content: string, begin: number, end: number): void => {
    if (recognised) {
      recognised = false
      return
    }
    const last = kind
    if (cutsBefore(kind, content, afterBlank, true)) cut(begin)
    if (isBlank(content) && kind.is !== 'fence') {
      afterBlank = kind.is !== 'empty'
      return
    }
    if (kind.is === 'empty') kind = beginning(content, last, closed.at(-1) ?? previous.closed.at(-1))
    else if (endsAt(kind, content, afterBlank)) {
      cut(end)
      return
    }
    if (kind.is === 'text' && isWhole(content) && !afterBlank) cut(end)
    afterBlank = false
  }

  for (;;) {
    const newline = text.indexOf('\n', searched)
    if (newline < 0) break
    const begin = line
    line = newline + 1
    searched = line
    take(withoutReturn(text.slice(begin, newline)), begin, line)
  }
  searched = text.length
  if (line < text.length) {
    if (done) {
      const begin = line
      line = text.length
      take(withoutReturn(text.slice(begin)), begin, line)
    } else if (!recognised) {
      const peek = text.slice(line, line + PEEK_CHARS)
      const last = kind
      if (cutsBefore(kind, peek, afterBlank, false)) cut(line)
      if (kind.is === 'empty' && itemMarker(peek) && !mayBeRule(peek)) {
        // Known before its line ends, so that an item grows inside its list from its first letter.
        kind = beginning(peek, last, closed.at(-1) ?? previous.closed.at(-1))
        recognised = true
      }
    }
  }
  if (done) cut(text.length)
  const all = closed.length === 0 ? previous.closed : [...previous.closed, ...closed]
  const cursor: Cursor = { length: text.length, done, start, line, searched, kind, afterBlank, recognised }
  if (start === text.length) return { closed: all, cursor }
  return { closed: all, open: openBlock(previous, cursor, text), cursor }
}

/** Whether the block that is open ends before `line`. An unfinished line decides only what no further letter can undo. */
function cutsBefore(kind: Kind, line: string, afterBlank: boolean, complete: boolean): boolean {
  if (kind.is === 'empty' || kind.is === 'fence' || isBlank(line)) return false
  const indent = indentOf(line)
  if (kind.is === 'item' && indent >= kind.marker.content) return false
  if (afterBlank) return !(kind.is === 'indented' && indent >= CODE_INDENT)
  if (complete && openingFence(line)) return true
  if (isHeading(line) && (complete || /#[ \t]/.test(line))) return true
  if (kind.is === 'item' && complete && isRule(line)) return true
  const marker = itemMarker(line)
  if (!marker || (complete ? isRule(line) : mayBeRule(line))) return false
  return kind.is === 'item' || marker.number === undefined || marker.number === 1
}

/** What a block is whose first line this is; an item after an item of its kind belongs to the same list. */
function beginning(line: string, last: Kind, lastClosed: Block | undefined): Kind {
  const fence = openingFence(line)
  if (fence) return { is: 'fence', fence }
  const marker = itemMarker(line)
  if (marker && !isRule(line)) return item(marker, last, lastClosed)
  return indentOf(line) >= CODE_INDENT ? { is: 'indented' } : { is: 'text' }
}

function item(marker: Marker, last: Kind, lastClosed: Block | undefined): Item {
  const before = last.is === 'item' ? last : lastClosed?.kind === 'item' ? lastClosed : undefined
  const number = before?.list === marker.kind && before.number !== undefined ? before.number + 1 : marker.number
  return { is: 'item', marker, list: marker.kind, ...(number === undefined ? {} : { number }) }
}

/** Whether a block that has begun ends with this line. */
function endsAt(kind: Kind, line: string, afterBlank: boolean): boolean {
  if (kind.is === 'fence') return closesFence(line, kind.fence)
  return kind.is === 'text' && !afterBlank && /^ {0,3}(?:=+|-+)[ \t]*$/.test(line)
}

/** Whether a line is a block of its own. */
const isWhole = (line: string): boolean => isHeading(line) || isRule(line)

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

function makeBlock(kind: Kind, raw: string): Block {
  if (kind.is === 'fence') return { kind: 'fence', raw, fence: kind.fence }
  if (kind.is !== 'item') return { kind: 'markdown', raw }
  return { kind: 'item', raw, list: kind.list, ...(kind.number === undefined ? {} : { number: kind.number }) }
}

function openBlock(previous: Split, cursor: Cursor, text: string): OpenBlock {
  const length = text.length - cursor.start
  const old = previous.open?.block
  const parsed = old?.kind === 'markdown' || old?.kind === 'item' ? old.raw.length : 0
  const fresh = cursor.start !== previous.cursor.start || cursor.kind.is !== previous.cursor.kind.is
  if (old && !fresh && cursor.kind.is !== 'fence' && length > EAGER_CHARS && length < parsed * REPARSE_GROWTH) {
    return { block: old, tail: text.slice(cursor.start + parsed) }
  }
  return { block: makeBlock(cursor.kind, text.slice(cursor.start)), tail: '' }
}
