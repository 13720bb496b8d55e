/**
 * Which characters of a growing Markdown text lie in code or in a link, decided online: character by character, with no look
 * ahead, so that any chunking of the text gives the same answer and what was said is never taken back.
 *
 * What that means at the edges: code delimiters count as code; a code span that never closes counts until the end of its paragraph; of
 * `[label](target)` the target counts as link, because nothing tells a label from brackets before `](`; of a bare address, what
 * follows `http://` or `https://`.
 */

/** A piece of text whose characters agree. */
export interface Span {
  readonly text: string
  readonly code: boolean
  readonly link: boolean
}

export interface SpanTracker {
  /** Adds text; its spans, which concatenate to it. */
  push(text: string): readonly Span[]
}

const MIN_FENCE = 3
const MAX_INDENT = 3
const SCHEMES = ['http://', 'https://']
const LONGEST_SCHEME = 'https://'.length

export function createSpanTracker(): SpanTracker {
  /** Columns of white space since the line began; -1 once the line has content that can no longer open a fence. */
  let indent = 0
  let runMark = ''
  let runLength = 0
  let runAtLineStart = false
  /** Open block fence: its mark and length. */
  let fenceMark = ''
  let fenceLength = 0
  /** Length of the backtick run that opened the current code span, 0 outside. */
  let spanLength = 0
  let lineIsBlank = true
  let linkEnd: ')' | '>' | ' ' | '' = ''
  let recent = ''

  const endRun = (next: string): void => {
    if (runLength === 0) return
    const closesFence =
      fenceLength > 0 && runAtLineStart && runMark === fenceMark && runLength >= fenceLength && (next === '\n' || next === ' ')
    if (closesFence) fenceLength = 0
    else if (fenceLength === 0 && runAtLineStart && runLength >= MIN_FENCE) {
      fenceMark = runMark
      fenceLength = runLength
      spanLength = 0
    } else if (fenceLength === 0 && runMark === '`') {
      if (spanLength === 0) spanLength = runLength
      else if (spanLength === runLength) spanLength = 0
    }
    runLength = 0
  }

  const newLine = (): void => {
    if (lineIsBlank) spanLength = 0
    lineIsBlank = true
    indent = 0
    if (linkEnd !== '') linkEnd = ''
  }

  const trackLink = (char: string): boolean => {
    if (linkEnd !== '') {
      const ends = linkEnd === ' ' ? /\s|[<>)\]"]/.test(char) : char === linkEnd || char === '\n'
      if (!ends) return true
      linkEnd = ''
      recent = ''
    }
    const before = recent
    recent = (recent + char).slice(-LONGEST_SCHEME)
    if (char === '(' && before.endsWith(']')) linkEnd = ')'
    else if (char === '/' && SCHEMES.some((scheme) => recent.endsWith(scheme))) linkEnd = before.at(-scheme(recent)) === '<' ? '>' : ' '
    return false
  }

  const step = (char: string): number => {
    if (runLength > 0 && char !== runMark) endRun(char)
    // A tilde means something only at the start of a line; a backtick everywhere.
    if (char === '`' || (char === '~' && (indent >= 0 || runLength > 0))) {
      if (runLength === 0) {
        runMark = char
        runAtLineStart = indent >= 0 && indent <= MAX_INDENT
      }
      runLength += 1
      indent = -1
      lineIsBlank = false
      return char === '`' || fenceLength > 0 || runLength >= MIN_FENCE ? CODE : 0
    }
    if (char === '\n') {
      newLine()
      return fenceLength > 0 || spanLength > 0 ? CODE : 0
    }
    if (char === ' ' || char === '\t') {
      if (indent >= 0) indent += char === '\t' ? 4 : 1
    } else {
      indent = -1
      lineIsBlank = false
    }
    if (fenceLength > 0 || spanLength > 0) return CODE
    return trackLink(char) ? LINK : 0
  }

  /** Nothing is open that a character could belong to, or end. */
  const isBetweenMarks = (): boolean => runLength === 0 && fenceLength === 0 && spanLength === 0 && linkEnd === ''

  /** What `step` does with each character of such a text. Most deltas are such a text. */
  const passPlain = (text: string): void => {
    indent = -1
    lineIsBlank = false
    recent = (recent + text).slice(-LONGEST_SCHEME)
  }

  return {
    push(text) {
      if (isBetweenMarks() && !MARK.test(text) && CONTENT.test(text)) {
        passPlain(text)
        return [{ text, code: false, link: false }]
      }
      const spans: Span[] = []
      let start = 0
      let flags = -1
      for (let index = 0; index < text.length; index++) {
        const now = step(text.charAt(index))
        if (flags !== -1 && now !== flags) {
          spans.push(span(text.slice(start, index), flags))
          start = index
        }
        flags = now
      }
      if (flags !== -1) spans.push(span(text.slice(start), flags))
      return spans
    },
  }
}

/** What can begin code or a link, or a line. */
const MARK = /[`~\n(/]/
const CONTENT = /[^ \t]/
const CODE = 1
const LINK = 2

function span(text: string, flags: number): Span {
  return { text, code: flags === CODE, link: flags === LINK }
}

function scheme(recent: string): number {
  return recent.endsWith('https://') ? 'https://'.length : 'http://'.length
}
