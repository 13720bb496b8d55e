/** Text cut into pieces about as long as a model's tokens. */

/** Up to seven letters with the space before them, one ideograph or two, a run of line ends, of spaces or of one sign, any other character alone. */
const TOKEN =
  / ?[\p{Script=Latin}\p{Script=Arabic}\p{Script=Hebrew}\p{M}\p{N}'’]{1,7}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{1,2}|\n+| +|(\S)\1{1,7}|./gsu

/** The tokens of `text`; joined they are the text. A surrogate pair is never cut. */
export function tokenize(text: string): readonly string[] {
  return text.match(TOKEN) ?? []
}
