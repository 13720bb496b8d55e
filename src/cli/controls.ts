/**
 * Control characters. What a model writes is not trusted: an escape sequence in it could retitle the window, hide text or answer for the user,
 * so none of it reaches a terminal. Files and pipes get the bytes as they are.
 */

/** C0 without tab and line feed, DEL, and C1, where 0x9b alone begins an escape sequence. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** The text without control characters, except tab and line feed. May be given in pieces cut anywhere. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, '')
}

/** JSON text that means the same, with the control characters that JSON leaves as they are escaped. */
export function escapeControls(json: string): string {
  return json.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
