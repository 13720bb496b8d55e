/** The question, as it may stand in the middle of a Markdown paragraph: short, on one line, with nothing that means anything there. */
import type { PromptMessage } from '../../ports/source.ts'

const MAX_ECHO_CHARS = 80

/** The text of the last question; a prompt without one has none. */
export function questionOf(prompt: string | readonly PromptMessage[]): string {
  return typeof prompt === 'string' ? prompt : (prompt.findLast(({ role }) => role === 'user')?.content ?? '')
}

/** Letters, digits and plain punctuation of the question; empty when nothing remains. A dot inside a word goes too, so that no address is left to link. */
export function echoOf(question: string): string {
  const plain = question
    .slice(0, 20 * MAX_ECHO_CHARS)
    .replace(/[^\p{L}\p{M}\p{N} ,.;?!%'’-]/gu, ' ')
    .replace(/[.]+(?=\S)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = [...plain]
  if (letters.length <= MAX_ECHO_CHARS) return plain
  const cut = letters.slice(0, MAX_ECHO_CHARS).join('')
  return `${cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut}…`
}
