/** Markdown to tokens, by marked. HTML is not recognised: a tag in an answer is text like any other. */
import { Marked, type Token } from 'marked'
import type { Block } from './split.ts'

const marked = new Marked({
  gfm: true,
  breaks: false,
  tokenizer: { html: () => undefined, tag: () => undefined },
})

/** The tokens of one block of Markdown; text that nests too deeply for the parser is one plain paragraph. */
export function lex(markdown: string): readonly Token[] {
  try {
    return marked.lexer(markdown)
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    const text = { type: 'text', raw: markdown, text: markdown, escaped: false } as const
    return [{ type: 'paragraph', raw: markdown, text: markdown, tokens: [text] }]
  }
}

/** Remembers the tokens of closed blocks for as long as the blocks live, so that each is parsed once. */
export function createTokenCache(parse: (markdown: string) => readonly Token[] = lex): (block: Block) => readonly Token[] {
  const known = new WeakMap<Block, readonly Token[]>()
  return (block) => {
    const old = known.get(block)
    if (old) return old
    const tokens = parse(block.raw)
    known.set(block, tokens)
    return tokens
  }
}

/** The cache that the page uses. */
export const tokensOf = createTokenCache()
