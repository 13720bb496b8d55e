import { memo, type ReactNode } from 'react'
import type { AnswerPart } from '../../../src/core/fold.ts'
import { sourcesOf } from '../state/sources.ts'

/** What an answer rests on. Nothing of it is loaded: a person may open it, and the other side does not hear from where. */
export const Sources = memo(function Sources({ parts }: { readonly parts: readonly AnswerPart[] }): ReactNode {
  const sources = sourcesOf(parts)
  if (sources.length === 0) return null
  return (
    <section className="sources" aria-label="Sources">
      <p className="sources-label" aria-hidden="true">
        Sources
      </p>
      <ol>
        {sources.map(({ key, name, url, host }) => (
          <li key={key}>
            {url === undefined ? (
              <bdi>{name}</bdi>
            ) : (
              <a href={url} target="_blank" rel="noopener noreferrer nofollow">
                <bdi>{name}</bdi>
              </a>
            )}
            {host === undefined ? null : <span className="sources-host">{host}</span>}
          </li>
        ))}
      </ol>
    </section>
  )
})
