/**
 * Makes the unfinished end of an open block presentable: what is opened and not yet closed is closed, and what nobody
 * can read yet (half a link, a lone list marker, a table's first row) is held back until it means something. Only the
 * shown text is touched, never the answer.
 */

/** Characters of an unfinished block that are looked at for open markup; markup older than that is not going to be closed. */
const REACH_CHARS = 4096

/**
 * `raw` with its end made whole.
 * @param inList whether the block is, or follows, an item of a list: then bare digits at the end may become the next number.
 */
export function heal(raw: string, inList = false): string {
  return mend(withoutHalfLine(raw, inList))
}

/** `raw` with what it leaves open closed and nothing held back: for a text that was cut short and does not go on. */
export function mend(raw: string): string {
  const from = paragraphStart(raw)
  return raw.slice(0, from) + closeInline(raw.slice(from))
}

/** Takes off a last line that cannot be shown yet. */
function withoutHalfLine(raw: string, inList: boolean): string {
  const at = raw.lastIndexOf('\n') + 1
  const line = raw.slice(at)
  const marker = inList ? /^\s*(?:[-*+]|\d{1,9}[.)]?)\s*$/ : /^\s*(?:[-*+]|\d{1,9}[.)])\s*$/
  if (marker.test(line) || /^ {0,3}(?:#{1,6}|=+|-+|`{1,}|~{1,}|>[> ]*)[ \t]*$/.test(line)) return raw.slice(0, at)
  if (/^\s*(?:```|~~~)[^`]*$/.test(line)) return raw.slice(0, at)
  return withoutTableHead(raw)
}

/** Holds a table's first row back until its second one, which alone makes it a table, is complete. */
function withoutTableHead(raw: string): string {
  const paragraph = paragraphStart(raw)
  const head = /(?:^|\n)\|/.exec(raw.slice(paragraph))
  if (!head) return raw
  const at = paragraph + head.index + head[0].length - 1
  const lines = raw.slice(at).split('\n')
  return lines.length === 1 || (lines.length === 2 && /^[|: \-\t]*$/.test(lines[1] ?? '')) ? raw.slice(0, at) : raw
}

/** Inline markup does not reach over a blank line or out of a list item, so only the last paragraph is looked at. */
function paragraphStart(text: string): number {
  const from = Math.max(0, text.length - REACH_CHARS)
  const end = text.slice(from)
  let start = 0
  for (const match of end.matchAll(/\n[ \t]*(?:\n|(?=(?:[-*+]|\d{1,9}[.)])[ \t]))/g)) start = match.index + match[0].length
  return from + start
}

const DELIMITERS = ['***', '**', '~~', '*', '__', '_'] as const

/** Closes code spans, emphasis and links that the text leaves open. */
function closeInline(text: string): string {
  const open: string[] = []
  let link = -1
  let index = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+/.exec(text)?.[0].length ?? 0
  while (index < text.length) {
    const char = text[index]
    if (char === '\\') {
      if (index === text.length - 1) return finish(text.slice(0, index), open)
      index += 2
    } else if (char === '~' && index === text.length - 1) {
      return finish(text.slice(0, index), open)
    } else if (char === '`') {
      const ticks = run(text, index, '`')
      const close = closingTicks(text, index + ticks.length, ticks)
      if (close < 0) return closeCode(text, index, ticks, open)
      index = close
    } else if (char === '[') {
      if (link < 0) link = index
      index++
    } else if (char === ']' && link >= 0) {
      const begin = text[link - 1] === '!' ? link - 1 : link
      const label = text.slice(link + 1, index)
      if (text[index + 1] === '(') {
        const end = text.indexOf(')', index)
        // The address is still being written: show the label alone.
        if (end < 0) return finish(text.slice(0, begin) + label, open)
        index = end
      } else if (index === text.length - 1) {
        // The next letter tells whether this is a link.
        return finish(text.slice(0, begin) + label, open)
      }
      link = -1
      index++
    } else {
      const mark = DELIMITERS.find((candidate) => text.startsWith(candidate, index))
      if (mark) toggle(open, mark, text, index)
      index += mark?.length ?? 1
    }
  }
  if (link >= 0 && text.length - link < REACH_CHARS) {
    const begin = text[link - 1] === '!' ? link - 1 : link
    return finish(text.slice(0, begin) + text.slice(link + 1), open)
  }
  return finish(text, open)
}

/** Opens or closes emphasis, roughly as CommonMark's flanking rules have it. */
function toggle(open: string[], mark: string, text: string, at: number): void {
  const before = text[at - 1] ?? ' '
  const after = text[at + mark.length] ?? ' '
  const inner = mark.startsWith('_') && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after)
  if (inner) return
  if (open.at(-1) === mark && !/\s/.test(before)) open.pop()
  else if (!/\s/.test(after) || at + mark.length >= text.length) open.push(mark)
}

/** The text with all that is open closed. Marks at its very end, with nothing inside yet, are taken off. */
function finish(text: string, open: readonly string[]): string {
  let shown = text
  const left = [...open]
  for (let mark = left.at(-1); mark !== undefined && shown.endsWith(mark); mark = left.at(-1)) {
    shown = shown.slice(0, -mark.length)
    left.pop()
  }
  const space = /\s*$/.exec(shown)?.[0] ?? ''
  return left.length === 0 ? shown : shown.slice(0, shown.length - space.length) + left.reverse().join('')
}

function closeCode(text: string, at: number, ticks: string, open: readonly string[]): string {
  const inside = text.slice(at + ticks.length)
  if (inside.trim() === '') return finish(text.slice(0, at), open)
  // Ticks at the end may be the beginning of the closing ones.
  return finish(text.replace(/`+$/, '') + ticks, open)
}

function closingTicks(text: string, from: number, ticks: string): number {
  for (let at = text.indexOf(ticks, from); at >= 0; ) {
    const found = run(text, at, '`')
    if (found.length === ticks.length) return at + found.length
    at = text.indexOf(ticks, at + found.length)
  }
  return -1
}

const run = (text: string, at: number, char: string): string => {
  let end = at
  while (text[end] === char) end++
  return text.slice(at, end)
}
