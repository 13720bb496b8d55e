/** Markdown that tries to get out of its paragraph. Every line of it must end up as harmless text, on every surface. */
import type { Random } from './random.ts'

const NESTING = 150
const LONG_WORD = 2_000

const HAZARDS: readonly string[] = [
  '<script>document.title = "owned"</script> and <img src=x onerror="alert(1)"> and <svg/onload=alert(1)>',
  '[a link](javascript:alert(document.domain)), [another](JaVaScRiPt:alert(1)), [data](data:text/html;base64,PHNjcmlwdD4=), [relative](//evil.example/x)',
  '![a tracking image](https://evil.example/pixel.png?secret=1) and ![another](http://127.0.0.1:1/pixel.gif)',
  '@everyone @here @channel <!everyone> <!channel> <!here> <@U00000001> <@&1234567890> <#C00000001|general> @octocat #1 owner/repo#2',
  `${'> '.repeat(NESTING)}a quotation ${NESTING} deep`,
  `${'['.repeat(NESTING)}brackets${']'.repeat(NESTING)}${'('.repeat(NESTING)}`,
  Array.from({ length: 40 }, (_, depth) => `${'  '.repeat(depth)}- a list ${depth + 1} deep`).join('\n'),
  `${'*'.repeat(NESTING)}stars${'_'.repeat(NESTING)}lines${'~'.repeat(NESTING)}`,
  'Control characters: \u0000 \u0007 \u0008 \u001b[31mred\u001b[0m \u007f \u0085, and directions: \u202ereversed\u202c \u2066isolated\u2069 zero\u200bwidth \ufeff',
  '| a | table |\n|---|---|\n| with | too | many | cells | and <b onclick=x>html</b> |\n| `code` | \\| | [x](javascript:1) |',
  `A word of ${LONG_WORD} letters: ${'w'.repeat(LONG_WORD)}`,
  '&lt;b&gt; &amp;lt; &#x3C;script&#x3E; &nbsp; and a [reference][1]\n\n[1]: javascript:alert(1) "title"',
  'Half an emphasis **that never ends, half a link [that never [closes](http://evil.example, and `a code span that never ends',
  '<details open ontoggle=alert(1)><summary>html</summary><iframe src="https://evil.example"></iframe></details><style>body{display:none}</style>',
]

/** All hazards in the seed's order. The fence that is never closed comes last: it would hide the others. */
export function hostileText(random: Random): string {
  return `## Handle with care\n\n${random.shuffled(HAZARDS).join('\n\n')}\n\n\`\`\`html\n<script>alert("inside a fence that is never closed")</script>\n`
}
