/** The unsent question of each conversation; it survives a reload of the tab. */
import { useCallback, useState } from 'react'
import { session } from '../browser/session.ts'

export function useDraft(conversationId: string | undefined): readonly [string, (text: string) => void] {
  const key = `draft:${conversationId ?? 'new'}`
  const [draft, setDraft] = useState(() => ({ key, text: session.get(key) ?? '' }))
  const current = draft.key === key ? draft : { key, text: session.get(key) ?? '' }
  if (current !== draft) setDraft(current)
  const set = useCallback(
    (text: string): void => {
      if (text === '') session.remove(key)
      else session.set(key, text)
      setDraft({ key, text })
    },
    [key],
  )
  return [current.text, set]
}
