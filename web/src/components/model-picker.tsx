import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Models } from '../../../src/client/api.ts'

interface Props {
  readonly models: Models | undefined
  /** Absent: the server's default. */
  readonly model: string | undefined
  readonly onModel: (model: string) => void
}

/** Which model answers the next question. Keeps its place while the list is loading. */
export function ModelPicker({ models, model, onModel }: Props): ReactNode {
  const ids = models?.items.map((item) => item.id) ?? []
  return (
    <label className="model-picker">
      <span className="visually-hidden">Model</span>
      <select value={model ?? models?.default ?? ''} disabled={ids.length < 2} onChange={(event) => onModel(event.target.value)}>
        {ids.length === 0 ? <option value="">Model</option> : null}
        {ids.map((id) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden="true" />
    </label>
  )
}
