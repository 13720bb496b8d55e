/** Code and links in a growing text. */
import { createSpanTracker, type Span } from '../../src/text/spans.ts'
import { cuttings } from '../pieces.ts'
import { bucket, bytesOf, must, mustBeSame, type Target } from '../target.ts'

/** One letter for each UTF-16 unit. */
function flagsOf(spans: readonly Span[]): string {
  return spans.map(({ text, code, link }) => (code ? 'c' : link ? 'l' : '.').repeat(text.length)).join('')
}

function track(pieces: readonly string[]): readonly Span[] {
  const tracker = createSpanTracker()
  return pieces.flatMap((piece) => {
    const spans = tracker.push(piece)
    must(spans.map(({ text }) => text).join('') === piece, 'the spans of a piece add up to it', () => JSON.stringify({ piece, spans }))
    must(
      spans.every(({ text }) => text !== ''),
      'no span is empty',
    )
    must(
      spans.every(({ code, link }) => !(code && link)),
      'what is code is no link',
    )
    return spans
  })
}

export const spans: Target = {
  name: 'spans',
  seeds: () =>
    [
      'a `b` c\n\n```ts\nx\n```\n',
      'see [a](http://b.test/c) and <https://d.test> and https://e.test.',
      '~~~\ncode\n~~~~\n`a``b`',
      '    ```\n\t`x`\r\n',
    ].map(bytesOf),
  dictionary: ['`', '``', '```', '~~~', '\n', '\n\n', '](', ')', '<', '>', 'http://', 'https://', '    ', '\t', '[', '```\n'],
  shape: 'bytes',
  maxBytes: 8 * 1024,
  run(input, random) {
    // Latin-1 and pairs of units: every byte counts and surrogates come apart.
    const text = random.chance(0.5) ? Buffer.from(input).toString('latin1') : Buffer.from(input).toString('utf16le')
    const whole = flagsOf(track([text]))
    for (const pieces of cuttings(input, random)) {
      let at = 0
      const texts: string[] = []
      // Cut where the bytes are cut: pairs of units come apart, which bytes of UTF-8 would not allow.
      for (const { length } of pieces) {
        texts.push(text.slice(at, at + length))
        at += length
      }
      mustBeSame(flagsOf(track(texts)), whole, 'a text has the same code and links in any pieces')
    }
    const runs = whole.replace(/(.)\1+/g, '$1')
    return {
      features: [
        `runs*${bucket(runs.length)}`,
        runs.slice(0, 6),
        whole.endsWith('c') ? 'ends in code' : whole.endsWith('l') ? 'ends in link' : 'ends in text',
      ],
    }
  },
}
