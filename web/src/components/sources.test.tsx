import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { type Answer as AnswerFold, EMPTY_ANSWER, type PlacedCitation, type TextPart } from '../../../src/core/fold.ts'
import { MAX_SOURCES, MAX_TITLE_CHARS, sourcesOf } from '../state/sources.ts'
import { Answer } from './answer.tsx'
import { Sources } from './sources.tsx'

function text(...citations: readonly Partial<PlacedCitation>[]): TextPart {
  return { kind: 'text', id: '0', text: 'High.', done: true, citations: citations.map((one) => ({ detail: {}, position: 5, ...one })) }
}

const html = (...citations: readonly Partial<PlacedCitation>[]): string => renderToStaticMarkup(<Sources parts={[text(...citations)]} />)
const TIDES = { url: 'https://tides.example/today', title: 'Tides today' }

describe('the sources of an answer', () => {
  it('are links that open elsewhere and do not tell from where, with their host beside their title', () => {
    const shown = html(TIDES)
    expect(shown).toContain(
      '<a href="https://tides.example/today" target="_blank" rel="noopener noreferrer nofollow"><bdi>Tides today</bdi></a>',
    )
    expect(shown).toContain('<span class="sources-host">tides.example</span>')
    expect(shown).toContain('<section class="sources" aria-label="Sources">')
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'mailto:a@b.example',
    '//evil.example',
    '/x',
    'ftp://a.example',
    '',
  ])('make no link of %j, and keep what it is called', (url) => {
    expect(html({ url, title: 'Tides' })).toContain('<li><bdi>Tides</bdi></li>')
    expect(html({ url })).toBe('')
  })

  it('show the host that an address really leads to', () => {
    expect(sourcesOf([text({ url: 'https://bank.example@evil.example/', title: 'bank.example' })])).toMatchObject([
      { host: 'evil.example' },
    ])
    expect(sourcesOf([text({ url: 'https://tides.example/a' })])).toEqual([
      { key: 'https://tides.example/a', name: 'tides.example', url: 'https://tides.example/a' },
    ])
  })

  it('are named once, in the order in which they come, through all text', () => {
    const other = { url: 'https://moon.example/' }
    const parts = [text(TIDES, other, TIDES), { ...text({ ...TIDES, title: 'Another name' }, { title: 'tides.md' }), id: '1' }]
    expect(sourcesOf(parts).map(({ name }) => name)).toEqual(['Tides today', 'moon.example', 'tides.md'])
  })

  it('show a title as text, short and on one line', () => {
    expect(html({ ...TIDES, title: '<img src=x onerror=alert(1)>' })).not.toContain('<img')
    const [long] = sourcesOf([text({ ...TIDES, title: `a\n\n b ${'🌊'.repeat(MAX_TITLE_CHARS)}` })])
    expect(long?.name.startsWith('a b 🌊')).toBe(true)
    expect([...(long?.name ?? '')]).toHaveLength(MAX_TITLE_CHARS)
    expect(long?.name.isWellFormed()).toBe(true)
  })

  it('are no more than a person would look at', () => {
    const many = Array.from({ length: MAX_SOURCES + 9 }, (_, index) => ({ url: `https://a.example/${index}` }))
    expect(sourcesOf([text(...many)])).toHaveLength(MAX_SOURCES)
  })

  it('come when the answer has ended, so that nothing moves while it is written', () => {
    const answer: AnswerFold = { ...EMPTY_ANSWER, parts: [text(TIDES)] }
    expect(renderToStaticMarkup(<Answer answer={answer} />)).not.toContain('tides.example')
    expect(renderToStaticMarkup(<Answer answer={{ ...answer, outcome: 'completed' }} />)).toContain('tides.example')
    expect(renderToStaticMarkup(<Answer answer={{ ...EMPTY_ANSWER, outcome: 'completed' }} />)).not.toContain('sources')
  })
})

describe('reasoning that the provider keeps to itself', () => {
  it('is said to be so, rather than shown empty', () => {
    const hidden: TextPart = { kind: 'reasoning', id: 'r', text: '', done: true, redacted: true, signature: 'x' }
    const shown = renderToStaticMarkup(<Answer answer={{ ...EMPTY_ANSWER, parts: [hidden] }} />)
    expect(shown).toContain('The provider does not show this reasoning.')
  })
})
