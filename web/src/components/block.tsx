import type { Token, Tokens } from 'marked'
import type { ReactNode } from 'react'
import { decodeEntities } from '../markdown/entities.ts'
import { CodeBlock } from './code-block.tsx'
import { Inline } from './inline.tsx'

/** Quotes and lists inside each other beyond this are shown as they were written: no reader could follow, and no page should have to. */
const MAX_DEPTH = 12

interface BlocksProps {
  readonly tokens: readonly Token[] | undefined
  /** How many quotes and lists these are in. */
  readonly depth?: number
}

/** Block Markdown as elements. Each block finds its own writing direction. */
export function Blocks({ tokens, depth = 0 }: BlocksProps): ReactNode {
  return tokens?.map((token, index) => {
    const key = index
    switch (token.type) {
      case 'space':
      case 'def':
        return null
      case 'heading':
        return <Heading key={key} depth={Number(token['depth'])} tokens={token.tokens} />
      case 'paragraph':
        return (
          <p key={key} dir="auto">
            <Inline tokens={token.tokens} />
          </p>
        )
      case 'code':
        return <CodeBlock key={key} code={String(token['text'])} language={String(token['lang'] ?? '')} />
      case 'blockquote':
        return (
          <blockquote key={key} dir="auto">
            {depth < MAX_DEPTH ? <Blocks tokens={token.tokens} depth={depth + 1} /> : token.raw}
          </blockquote>
        )
      case 'checkbox':
        return <Checkbox key={key} checked={token['checked'] === true} />
      case 'hr':
        return <hr key={key} />
      case 'list':
        return depth < MAX_DEPTH ? <List key={key} list={token as Tokens.List} depth={depth} /> : token.raw
      case 'table':
        return <Table key={key} table={token as Tokens.Table} />
      default:
        if ('tokens' in token && token.tokens) return <Inline key={key} tokens={token.tokens} />
        return decodeEntities('text' in token ? String(token['text']) : token.raw)
    }
  })
}

/** The page has its own first heading, so those of an answer begin at the second level. */
function Heading({ depth, tokens }: { readonly depth: number; readonly tokens: readonly Token[] | undefined }): ReactNode {
  const Tag = (['h2', 'h3', 'h4', 'h5', 'h6'] as const)[depth - 1] ?? 'h6'
  return (
    <Tag dir="auto">
      <Inline tokens={tokens} />
    </Tag>
  )
}

/** A task's box: it says how it was written, and cannot be ticked. */
function Checkbox({ checked }: { readonly checked: boolean }): ReactNode {
  return <input type="checkbox" checked={checked} readOnly disabled aria-label={checked ? 'Done' : 'Not done'} />
}

function List({ list, depth }: { readonly list: Tokens.List; readonly depth: number }): ReactNode {
  const items = <ListItems items={list.items} depth={depth} />
  return list.ordered ? (
    <ol dir="auto" start={Number(list.start)}>
      {items}
    </ol>
  ) : (
    <ul dir="auto">{items}</ul>
  )
}

interface ItemsProps {
  readonly items: readonly Tokens.ListItem[]
  readonly depth?: number
}

/** The items of a list, without the list. Markers stand on the list's side, so its first letters decide the direction. */
export function ListItems({ items, depth = 0 }: ItemsProps): ReactNode {
  return items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity; while text grows each keeps its place
    <li key={index} className={item.task ? 'task' : undefined}>
      <Blocks tokens={item.tokens} depth={depth + 1} />
    </li>
  ))
}

function Table({ table }: { readonly table: Tokens.Table }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled with the keyboard too
    <section className="table-scroll" dir="auto" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells are known by their place
              <th key={index} style={cell.align ? { textAlign: cell.align } : undefined}>
                <Inline tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are known by their place
            <tr key={index}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells are known by their place
                <td key={at} style={cell.align ? { textAlign: cell.align } : undefined}>
                  <Inline tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
