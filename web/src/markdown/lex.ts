/** Markdown to tokens, by marked. HTML is not recognised: a tag in an answer is text like any other. */
import { Marked, type Token } from 'marked'
import type { Block } from './split.ts'

const marked = new Marked({
  gfm: true,
  breaks: false,
  tokenizer: { html: () => undefined, tag: () => undefined },
})

/** The tokens of one block of Markdown. */
export const lex = (markdown: string): readonly Token[] => marked.lexer(markdown)

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
