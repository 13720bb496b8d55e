import type { ReactNode } from 'react'

/** Characters of one text node. Earlier nodes stay as they are while code grows, so that only the last one is laid out anew. */
const CHUNK_CHARS = 4096

/** A block of code, always written from left to right. */
export function CodeBlock({ code, language }: { readonly code: string; readonly language: string }): ReactNode {
  const chunks: string[] = []
  for (let at = 0; at < code.length; at += CHUNK_CHARS) chunks.push(code.slice(at, at + CHUNK_CHARS))
  return (
    <figure className="code-block" dir="ltr">
      <figcaption>{language === '' ? 'text' : language}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled with the keyboard too */}
      <pre tabIndex={0}>
        <code>{chunks}</code>
      </pre>
    </figure>
  )
}
