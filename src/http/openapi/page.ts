/** The page for people: the document as HTML, without scripts and without anything from elsewhere. */
import { exampleOf } from './curl.ts'
import type { Answer, ApiDocument, Operation, Parameter, Schema } from './document.ts'
import { typeText } from './type-text.ts'

export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: light-dark(oklch(25% .01 260), oklch(92% .01 260)); --dim: light-dark(oklch(45% .02 260), oklch(74% .02 260));
  --ground: light-dark(oklch(99% 0 0), oklch(19% .01 260)); --panel: light-dark(oklch(96% .005 260), oklch(24% .012 260));
  --line: light-dark(oklch(88% .01 260), oklch(34% .015 260)); --accent: light-dark(oklch(45% .14 255), oklch(80% .11 245)); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 3rem 0 .25rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 2rem 0 .25rem; overflow-wrap: anywhere; } h4 { font-size: .85rem; margin: 1rem 0 .25rem; color: var(--dim); }
p { margin: .25rem 0 .5rem; max-width: 72ch; } a { color: var(--accent); } a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
h3 a { color: inherit; text-decoration: none; } h3 a:hover { text-decoration: underline; } .method { color: var(--accent); }
.dim { color: var(--dim); } nav ul { columns: 14rem; padding-left: 1.1rem; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { margin: .25rem 0; padding: .6rem .75rem; background: var(--panel); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { margin: .25rem 0; display: grid; grid-template-columns: minmax(0, 13rem) minmax(0, 1fr); gap: .2rem 1rem; } dt { overflow-wrap: anywhere; } dd { margin: 0; min-width: 0; }
@media (max-width: 36rem) { dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin: 0 0 .4rem 1rem; } }
`

/** @param origin where this server is reached, for the lines to try. */
export function pageOf(document: ApiDocument, origin: string): string {
  const { info, tags } = document
  const groups = tags.map(({ name, description }) => group(document, origin, name, description))
  const everywhere = Object.entries(document.components.responses).filter(([status]) => /^\d+$/.test(status))
  const toc = [...tags.map(({ name }) => name), 'Everywhere', 'Schemas'].map(
    (name) => `<li><a href="#${anchor(name)}">${escaped(name)}</a></li>`,
  )
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `<h3 id="schema-${anchor(name)}">${escaped(name)}</h3>${typeOf(schema)}`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} API</title><style>${PAGE_STYLE}</style></head>
<body><header><h1>${escaped(info.title)} API</h1><p class="dim">Version ${escaped(info.version)} · <a href="/openapi.json">openapi.json</a></p>
<p>${inline(info.description)}</p></header>
<nav aria-label="Groups"><ul>${toc.join('')}</ul></nav>
<main>${groups.join('')}<section><h2 id="everywhere">Everywhere</h2><p>What operations may answer besides their own; for clients of OpenAI and of subscriptions in the shape that those read.</p>
${list(everywhere.map(([status, answer]) => response(document, status, answer)))}</section>
<section><h2 id="schemas">Schemas</h2>${schemas.join('')}</section></main></body></html>
`
}

function group(document: ApiDocument, origin: string, name: string, description: string): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation.tags?.includes(name) ? [article(document, origin, method, path, operation)] : [],
    ),
  )
  return `<section><h2 id="${anchor(name)}">${escaped(name)}</h2><p>${inline(description)}</p>${operations.join('')}</section>`
}

function article(document: ApiDocument, origin: string, method: string, path: string, operation: Operation): string {
  const { operationId = '', summary = '', parameters = [], requestBody, responses } = operation
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => part(`Body: ${type}`, typeOf(schema)))
  return `<article><h3 id="${anchor(operationId)}"><a href="#${anchor(operationId)}"><span class="method">${method.toUpperCase()}</span> ${escaped(path)}</a></h3>
<p>${inline(summary)}.</p><pre>${escaped(exampleOf(document, origin, method, path, operation))}</pre>
${parameters.length === 0 ? '' : part('Parameters', list(parameters.map(parameter)))}${bodies.join('')}
${part('Responses', responseList(document, responses))}</article>`
}

function part(title: string, html: string): string {
  return `<h4>${escaped(title)}</h4>${html}`
}

function list(entries: readonly (readonly [term: string, detail: string])[]): string {
  return `<dl>${entries.map(([term, detail]) => `<dt>${term}</dt><dd>${detail}</dd>`).join('')}</dl>`
}

function parameter({ name, in: place, required, schema, description }: Parameter): readonly [string, string] {
  const note = description ?? (typeof schema?.['description'] === 'string' ? schema['description'] : '')
  const kind = `${place}${required ? '' : ', optional'}`
  return [`<code>${escaped(name)}</code> <span class="dim">${kind}</span>`, `<code>${escaped(typeText(schema))}</code> ${inline(note)}`]
}

/** What an operation answers by itself; what every operation may answer is said once, at the end. */
function responseList(document: ApiDocument, responses: Readonly<Record<string, Answer>>): string {
  const own = Object.entries(responses).filter(([, { $ref }]) => $ref === undefined)
  const shared = Object.entries(responses).flatMap(([status, { $ref }]) => ($ref === undefined ? [] : [status]))
  const note = shared.length === 0 ? '' : `<p class="dim">And <a href="#everywhere">as everywhere</a>: ${shared.join(', ')}.</p>`
  return list(own.map(([status, answer]) => response(document, status, answer))) + note
}

function response({ components }: ApiDocument, status: string, answer: Answer): readonly [string, string] {
  const shared = answer.$ref === undefined ? answer : components.responses[answer.$ref.split('/').at(-1) ?? '']
  const types = Object.entries(shared?.content ?? {}).map(
    ([type, { schema }]) => `<br><span class="dim">${escaped(type)}</span> ${schema?.['type'] === 'string' ? '' : named(schema)}`,
  )
  return [`<code>${status}</code>`, `${inline(shared?.description ?? '')}${types.join('')}`]
}

function named(schema: Schema | undefined): string {
  const name = typeof schema?.['$ref'] === 'string' ? (schema['$ref'].split('/').at(-1) ?? '') : undefined
  if (name !== undefined) return `<a href="#schema-${anchor(name)}">${escaped(name)}</a>`
  return `<code>${escaped(typeText(schema))}</code>`
}

function typeOf(schema: Schema | undefined): string {
  return typeof schema?.['$ref'] === 'string' ? `<p>${named(schema)}</p>` : `<pre>${escaped(typeText(schema))}</pre>`
}

function anchor(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

/** Text with words in backticks as code. */
function inline(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
