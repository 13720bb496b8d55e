import { ArrowUp, Square } from 'lucide-react'
import { type ReactNode, type RefObject, useLayoutEffect } from 'react'

interface Props {
  readonly text: string
  readonly onText: (text: string) => void
  readonly onSend: () => void
  readonly onStop: () => void
  /** An answer is being written or a question is on its way: Stop takes the place of Send. */
  readonly busy: boolean
  readonly stopping: boolean
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** What stands beside the button. */
  readonly children: ReactNode
}

/** Where questions are written. Enter sends, Shift+Enter makes a new line. */
export function Composer({ text, onText, onSend, onStop, busy, stopping, input, children }: Props): ReactNode {
  useLayoutEffect(() => fitHeight(input.current, text), [input, text])
  const canSend = !busy && text.trim() !== ''
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        if (canSend) onSend()
      }}
    >
      <textarea
        ref={input}
        value={text}
        rows={1}
        dir="auto"
        aria-label="Your question"
        placeholder="Ask anything"
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          // While an input method composes, Enter chooses a candidate.
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          if (canSend) onSend()
        }}
      />
      <div className="composer-row">
        {children}
        {busy ? (
          <button type="button" className="round-button" onClick={onStop} disabled={stopping} aria-label="Stop" title="Stop">
            <Square className="stop-icon" aria-hidden="true" fill="currentColor" />
          </button>
        ) : (
          <button type="submit" className="round-button" disabled={!canSend} aria-label="Send" title="Send (Enter)">
            <ArrowUp aria-hidden="true" />
          </button>
        )}
      </div>
    </form>
  )
}

/** As tall as its text; the style sheet has the limit. */
function fitHeight(element: HTMLTextAreaElement | null, text: string): void {
  if (!element) return
  element.style.height = 'auto'
  if (text !== '') element.style.height = `${element.scrollHeight}px`
}
