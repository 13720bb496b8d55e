/**
 * Server-sent events read slowly and plainly, after the section "Interpreting an event stream" of the HTML standard. What the project's own readers say
 * is compared with this, so it shares no code with them.
 */
export interface Frame {
  /** The `id` of this frame itself; absent when it has none. */
  readonly id?: string
  /** The `event` of this frame; absent when it has none. */
  readonly event?: string
  readonly data: string
  /** Length of all its lines, their ends not counted. */
  readonly chars: number
}

/** The frames of a whole body. What follows the last blank line is no frame. */
export function referenceFrames(body: string): Frame[] {
  const frames: Frame[] = []
  let id: string | undefined
  let event = ''
  let data: string[] = []
  let chars = 0
  for (const line of completeLines(body.startsWith('\ufeff') ? body.slice(1) : body)) {
    chars += line.length
    if (line === '') {
      if (data.length > 0)
        frames.push({ ...(id === undefined ? {} : { id }), ...(event === '' ? {} : { event }), data: data.join('\n'), chars })
      id = undefined
      event = ''
      data = []
      chars = 0
      continue
    }
    const { name, value } = field(line)
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
  }
  return frames
}

/** The lines that have an end: CR LF, LF or CR. */
function completeLines(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char !== '\n' && char !== '\r') {
      line += char
      continue
    }
    if (char === '\r' && text.charAt(at + 1) === '\n') at++
    lines.push(line)
    line = ''
  }
  return lines
}

/** A comment has the name ''. */
function field(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon < 0) return { name: line, value: '' }
  const value = line.slice(colon + 1)
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value }
}
