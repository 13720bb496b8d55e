/** What single lines of Markdown mean to the block splitter. All patterns take a line without its newline. */

/** An opening code fence. */
export interface Fence {
  readonly mark: '`' | '~'
  /** Length of the mark; a closing fence is at least as long. */
  readonly length: number
  /** Spaces before it, taken off each line of the code. */
  readonly indent: number
  /** First word after the mark, normally the language. */
  readonly language: string
}

/** A list item's marker. */
export interface Marker {
  /** Bullet or delimiter; items with another one belong to another list. */
  readonly kind: string
  /** Number of an ordered item. */
  readonly number?: number
  readonly indent: number
  /** Column where the item's content begins; what is indented as far belongs to the item. */
  readonly content: number
}

const FENCE = /^( {0,3})(`{3,}|~{3,})(.*)$/
const MARKER = /^( {0,3})([-*+]|(\d{1,9})([.)]))( {1,4}|\t)(\S.*)$/
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/

/** The fence that a complete line opens, if any. */
export function openingFence(line: string): Fence | undefined {
  const match = FENCE.exec(line)
  if (!match) return undefined
  const [, indent = '', mark = '', info = ''] = match
  // A backtick after the mark makes it a code span (CommonMark 4.5).
  if (mark.startsWith('`') && info.includes('`')) return undefined
  return {
    mark: mark.startsWith('`') ? '`' : '~',
    length: mark.length,
    indent: indent.length,
    language: /^\s*([^\s{]*)/.exec(info)?.[1] ?? '',
  }
}

/** Whether a line closes `fence`. */
export function closesFence(line: string, fence: Fence): boolean {
  const text = line.trim()
  return /^ {0,3}\S/.test(line) && text.length >= fence.length && text === fence.mark.repeat(text.length)
}

/** Whether a line that is still being written may turn out to close `fence`, so that it is not shown as code yet. */
export function mayCloseFence(line: string, fence: Fence): boolean {
  const text = line.trim()
  return /^ {0,3}\S/.test(line) && text === fence.mark.repeat(text.length)
}

/** The item that a line begins. Needs no complete line: the marker, a space and the first letter decide. */
export function itemMarker(line: string): Marker | undefined {
  const match = MARKER.exec(line)
  if (!match) return undefined
  const [, indent = '', marker = '', number, delimiter, space = ''] = match
  return {
    kind: delimiter ?? marker,
    ...(number === undefined ? {} : { number: Number(number) }),
    indent: indent.length,
    content: indent.length + marker.length + (space === '\t' ? 1 : space.length),
  }
}

export const isBlank = (line: string): boolean => line.trim() === ''
export const isHeading = (line: string): boolean => HEADING.test(line)
/** A thematic break; `---` under a paragraph is its underline instead. */
export const isRule = (line: string): boolean => RULE.test(line)
/** Columns before the first letter; a tab counts as four. */
export const indentOf = (line: string): number => /^[ \t]*/.exec(line)?.[0].replaceAll('\t', '    ').length ?? 0
/** Whether a line that is still being written may become a thematic break, so that it is not taken for a list item yet. */
export const mayBeRule = (line: string): boolean => /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*)*$/.test(line)
