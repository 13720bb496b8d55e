import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { Markdown } from '../components/markdown.tsx'

const html = (text: string, done = true): string => renderToStaticMarkup(<Markdown text={text} done={done} />)

describe('rendered Markdown', () => {
  it('shows HTML as the text that it is', () => {
    const shown = html('<img src=x onerror=alert(1)>\n\n<script>alert(1)</script> <b>x</b>')
    expect(shown).not.toMatch(/<(img|script|b)\b/)
    expect(shown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '//evil.example',
    '/relative',
    'java&#115;cript:alert(1)',
  ])('makes no link of %s, and shows what was written', (href) => {
    const shown = html(`[label](${href})`)
    expect(shown).not.toContain('<a ')
    expect(shown).toContain('label')
  })

  it('opens links elsewhere, without telling them where from', () => {
    expect(html('[a](https://example.org/x)')).toContain('<a href="https://example.org/x" target="_blank" rel="noopener noreferrer">')
    expect(html('<mailto:a@example.org>')).toContain('href="mailto:a@example.org"')
  })

  it('never loads an image, only links to it', () => {
    const shown = html('![a cat](https://evil.example/?q=secret) ![x](data:image/png;base64,AAAA)')
    expect(shown).not.toContain('<img')
    expect(shown).toContain('href="https://evil.example/?q=secret"')
    expect(shown).toContain('Image: a cat')
  })

  it('keeps the items of a list in one list, numbered as it began', () => {
    const shown = html('3. a\n4. b\n\n   more\n5. c')
    expect(shown.match(/<ol/g)).toHaveLength(1)
    expect(shown).toContain('start="3"')
    expect(shown.match(/<li/g)).toHaveLength(3)
  })

  it('writes code from left to right, and every other block in its own direction', () => {
    const shown = html('# a\n\nb\n\n```ts\ncode\n```')
    expect(shown).toContain('<h2 dir="auto">')
    expect(shown).toContain('<p dir="auto">')
    expect(shown).toContain('<figure class="code-block" dir="ltr">')
  })

  it('shows a fence that is not closed yet as code, without half of its end', () => {
    expect(html('```ts\nlet a\n``', false)).toContain('<code>let a</code>')
  })

  it('resolves character references once', () => {
    expect(html('5 &lt; 6 &amp;amp; &#x263A; &unknown;')).toContain('5 &lt; 6 &amp;amp; ☺ &amp;unknown;')
  })

  it('survives text that nests without end', () => {
    expect(html(`${'> '.repeat(20_000)}deep`)).toContain('deep')
    expect(html('**_'.repeat(5000)).length).toBeGreaterThan(10_000)
  })
})
