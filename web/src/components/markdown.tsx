import type { Tokens } from 'marked'
import { memo, type ReactNode, useState } from 'react'
import { fenceText } from '../markdown/fence-text.ts'
import { groupBlocks, type Placed } from '../markdown/group.ts'
import { heal, mend } from '../markdown/heal.ts'
import { lex, tokensOf } from '../markdown/lex.ts'
import { advance, type Block, EMPTY_SPLIT } from '../markdown/split.ts'
import { Blocks, ListItems } from './block.tsx'
import { CodeBlock } from './code-block.tsx'

interface Props {
  readonly text: string
  /** Whether no more text comes. */
  readonly done: boolean
  /** Whether the text was cut short, so that what it leaves open never closes. */
  readonly cut?: boolean
}

/** Markdown that may still be growing: closed blocks are parsed once and keep their elements, the open one is parsed as it grows. */
export const Markdown = memo(function Markdown({ text, done, cut = false }: Props): ReactNode {
  const [previous, setPrevious] = useState(EMPTY_SPLIT)
  const split = advance(previous, text, done)
  if (split !== previous) setPrevious(split)
  const blocks = split.open ? [...split.closed, split.open.block] : split.closed
  const render = ({ block, index }: Placed): ReactNode => {
    const open = index === split.closed.length
    const end = open ? 'open' : cut && index === split.closed.length - 1 ? 'cut' : 'closed'
    const inList = block.kind === 'item' || split.closed[index - 1]?.kind === 'item'
    return <BlockView key={index} block={block} end={end} inList={inList} tail={open ? (split.open?.tail ?? '') : ''} />
  }
  return (
    <div className="markdown">
      {groupBlocks(blocks).map((group) => {
        if (group.kind === 'block') return render(group.placed)
        const items = group.items.map(render)
        return group.ordered ? (
          <ol key={group.key} dir="auto" start={group.start}>
            {items}
          </ol>
        ) : (
          <ul key={group.key} dir="auto">
            {items}
          </ul>
        )
      })}
    </div>
  )
})

interface BlockProps {
  readonly block: Block
  readonly end: 'open' | 'cut' | 'closed'
  readonly inList: boolean
  readonly tail: string
}

const BlockView = memo(function BlockView({ block, end, inList, tail }: BlockProps): ReactNode {
  if (block.kind === 'fence') return <CodeBlock code={fenceText(block.raw, block.fence, end === 'open')} language={block.fence.language} />
  const tokens = end === 'open' ? lex(heal(block.raw, inList)) : end === 'cut' ? lex(mend(block.raw)) : tokensOf(block)
  if (block.kind === 'markdown') {
    return (
      <>
        <Blocks tokens={tokens} />
        {tail === '' ? null : <p dir="auto">{tail}</p>}
      </>
    )
  }
  const items = tokens.filter((token): token is Tokens.List => token.type === 'list').flatMap((list) => list.items)
  const others = tokens.filter((token) => token.type !== 'list' && token.type !== 'space')
  return (
    <>
      <ListItems items={items} />
      {others.length === 0 && tail === '' ? null : (
        <li className="plain">
          <Blocks tokens={others} />
          {tail}
        </li>
      )}
    </>
  )
})
