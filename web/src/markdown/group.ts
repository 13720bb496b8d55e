/** Blocks as they are laid out: items that belong to one list together, every other block alone. Pure. */
import type { Block } from './split.ts'

export type Placed = { readonly block: Block; readonly index: number }

export type Group =
  | { readonly kind: 'block'; readonly key: number; readonly placed: Placed }
  | { readonly kind: 'list'; readonly key: number; readonly ordered: boolean; readonly start: number; readonly items: readonly Placed[] }

/** The groups of `blocks`; the key of a group is the index of its first block, which never changes. */
export function groupBlocks(blocks: readonly Block[]): readonly Group[] {
  const groups: Group[] = []
  let list: { key: number; name: string; items: Placed[]; first: Extract<Block, { kind: 'item' }> } | undefined
  const close = (): void => {
    if (!list) return
    const { key, items, first } = list
    groups.push({ kind: 'list', key, ordered: first.number !== undefined, start: first.number ?? 1, items })
    list = undefined
  }
  for (const [index, block] of blocks.entries()) {
    if (block.kind !== 'item') {
      close()
      groups.push({ kind: 'block', key: index, placed: { block, index } })
      continue
    }
    if (list && list.name !== block.list) close()
    list ??= { key: index, name: block.list, items: [], first: block }
    list.items.push({ block, index })
  }
  close()
  return groups
}
