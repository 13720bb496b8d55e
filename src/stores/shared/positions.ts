import type { Token } from 'marked'
import type { ReactNode } from 'react'
import { decodeEntities } from '../markdown/entities.ts'
import { safeUrl } from '../markdown/safe-url.ts'

/** Inline Markdown as elements. Nothing here makes HTML from text, so an answer cannot bring any into the page. */
export function Inline({ tokens }: { readonly tokens: readonly Token[] | undefined }): ReactNode {
  return tokens?.map((token, index) => {
    // Tokens have no identity; while text grows each keeps its place.
    const key = index
    switch (token.type) {
      case 'strong':
        return (
          <strong key={key}>
            <Inline tokens={token.tokens} />
          </strong>
        )
      case 'em':
        return (
          <em key={key}>
            <Inline tokens={token.tokens} />
          </em>
        )
      case 'del':
        return (
          <del key={key}>
            <Inline tokens={token.tokens} />
          </del>
        )
      case 'codespan':
        return (
          <code key={key} dir="ltr">
            {token['text']}
          </code>
        )
      case 'br':
        return <br key={key} />
      case 'link':
        return <Link key={key} href={String(token['href'])} tokens={token.tokens} raw={token.raw} />
      case 'image':
        return <ImageLink key={key} href={String(token['href'])} alt={String(token['text'])} />
      case 'escape':
        return String(token['text'])
      default:
        if ('tokens' in token && token.tokens) return <Inline key={key} tokens={token.tokens} />
        return decodeEntities('text' in token ? String(token['text']) : token.raw)
    }
  })
}

function Link({
  href,
  tokens,
  raw,
}: {
  readonly href: string
  readonly tokens: readonly Token[] | undefined
  readonly raw: string
}): ReactNode {
  const url = safeUrl(href)
  // An address that may not be followed is shown, so that nobody is misled by its label.
  if (url === undefined) return raw
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      <Inline tokens={tokens} />
    </a>
  )
}

/** An image is never loaded: its address could carry what was said here to whoever wrote it. The person may open it. */
function ImageLink({ href, alt }: { readonly href: string; readonly alt: string }): ReactNode {
  const url = safeUrl(href)
  const label = alt === '' ? 'Image' : `Image: ${alt}`
  if (url === undefined) return <span className="image-link">{label}</span>
  return (
    <a className="image-link" href={url} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  )
}
