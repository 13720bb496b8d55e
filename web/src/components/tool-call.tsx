import { ChevronRight, Wrench } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ToolPart } from '../../../src/core/fold.ts'

interface Props {
  readonly part: ToolPart
  readonly ended: boolean
}

/** One call of a tool: its name and state, and folded away what went in and came out. */
export function ToolCall({ part, ended }: Props): ReactNode {
  const { result } = part
  const state = result ? (result.error === undefined ? 'done' : 'failed') : ended ? 'no result' : 'running…'
  return (
    <details className="aside-part">
      <summary>
        <Wrench aria-hidden="true" />
        <span>
          {part.name || 'Tool'} <span className="aside-state">{state}</span>
        </span>
        <ChevronRight className="aside-caret" aria-hidden="true" />
      </summary>
      <div className="aside-body">
        <Value label="Input" text={pretty(part.input)} />
        {result ? <Value label={result.error === undefined ? 'Result' : 'Error'} text={result.error ?? pretty(result.output)} /> : null}
      </div>
    </details>
  )
}

function Value({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  return (
    <>
      <p className="aside-label">{label}</p>
      <pre dir="ltr">{text === '' ? '(nothing)' : text}</pre>
    </>
  )
}

/** JSON with line breaks; text that is not JSON (yet) as it is. */
function pretty(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? ''
  try {
    return JSON.stringify(JSON.parse(value), null, 2)
  } catch {
    // Arguments that are still being written, or a tool that answers in words.
    return value
  }
}
