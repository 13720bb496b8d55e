import type { Token, Tokens } from 'marked'
import type { ReactNode } from 'react'
import { decodeEntities } from '../markdown/entities.ts'
import { CodeBlock } from './code-block.tsx'
import { Inline } from './inline.tsx'

/** Block Markdown as elements. Each block finds its own writing direction. */
export function Blocks({ tokens }: { readonly tokens: readonly Token[] | undefined }): ReactNode {
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
            <Blocks tokens={token.tokens} />
          </blockquote>
        )
      case 'checkbox':
        return <Checkbox key={key} checked={token['checked'] === true} />
      case 'hr':
        return <hr key={key} />
      case 'list':
        return <List key={key} list={token as Tokens.List} />
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

function List({ list }: { readonly list: Tokens.List }): ReactNode {
  const items = <ListItems items={list.items} />
  return list.ordered ? <ol start={Number(list.start)}>{items}</ol> : <ul>{items}</ul>
}

/** The items of a list, without the list. */
export function ListItems({ items }: { readonly items: readonly Tokens.ListItem[] }): ReactNode {
  return items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity; while text grows each keeps its place
    <li key={index} dir="auto" className={item.task ? 'task' : undefined}>
      <Blocks tokens={item.tokens} />
    </li>
  ))
}

function Table({ table }: { readonly table: Tokens.Table }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled with the keyboard too
    <section className="table-scroll" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells are known by their place
              <th key={index} dir="auto" style={cell.align ? { textAlign: cell.align } : undefined}>
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
                <td key={at} dir="auto" style={cell.align ? { textAlign: cell.align } : undefined}>
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
