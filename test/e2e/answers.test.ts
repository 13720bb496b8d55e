/** What models write, however odd, is text to the page. */
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { simulatedText } from '../../src/sources/simulated/scenarios.ts'
import { answer, ask, ended, it } from './visit.ts'

const QUESTION = 'What can you write?'
/** Everything that Markdown and the page's own signs consist of. What is not here, no answer may bring into the page. */
const KNOWN_ELEMENTS =
  'article footer header div span p h1 h2 h3 h4 h5 h6 strong em del code pre figure figcaption blockquote ul ol li table thead tbody tr th td a br hr button details summary svg path input section time'

interface Anatomy {
  readonly elements: readonly string[]
  readonly attributes: readonly string[]
  readonly links: readonly string[]
}

async function anatomy(page: Page): Promise<Anatomy> {
  return answer(page).evaluate((root) => {
    const all = [...root.querySelectorAll('*')]
    return {
      elements: [...new Set(all.map((element) => element.localName))],
      attributes: [...new Set(all.flatMap((element) => element.getAttributeNames()))],
      links: all.flatMap((element) => (element.localName === 'a' ? [element.getAttribute('href') ?? ''] : [])),
    }
  })
}

describe('an answer', () => {
  it('that is hostile runs no script, loads nothing, and links only where links may lead, while it is written and at its end', async ({
    visit,
  }) => {
    await visit.answersWith({ seed: 1, tokensPerSecond: 500 })
    const page = await visit.open('/')
    await ask(page, QUESTION, 'hostile-markdown')
    for (let outcome = ''; outcome === ''; ) {
      ;({ outcome } = await expectHarmless(page))
    }
    const { text } = await ended(page)
    expect(text).toBe(simulatedText('hostile-markdown', 1, QUESTION))
    await expectHarmless(page)
    expect(await page.title()).not.toContain('owned')
    // What was meant as HTML is there to be read.
    expect(await answer(page).innerText()).toContain('<script>document.title = "owned"</script>')
  })

  it('that runs from right to left is set so, paragraph by paragraph, and its code from left to right', async ({ visit }) => {
    await visit.answersWith({ seed: 1, tokensPerSecond: 500 })
    const page = await visit.open('/')
    await ask(page, QUESTION, 'right-to-left')
    expect((await ended(page)).text).toBe(simulatedText('right-to-left', 1, QUESTION))
    const directionOf = (text: string): Promise<string | undefined> =>
      answer(page)
        .getByText(text)
        .first()
        .evaluate((element) => (element.matches(':dir(rtl)') ? 'rtl' : 'ltr'))
    expect(await directionOf('السجل هو الحقيقة')).toBe('rtl')
    expect(await directionOf('הזרם נשמר')).toBe('rtl')
    expect(await directionOf('数据先写入日志')).toBe('ltr')
    expect(await directionOf('append(id, records)')).toBe('ltr')
    expect(await directionOf('اكتب السجل')).toBe('rtl')
  })
})

async function expectHarmless(page: Page): Promise<{ readonly outcome: string }> {
  const { elements, attributes, links } = await anatomy(page)
  expect(elements.filter((name) => !KNOWN_ELEMENTS.split(' ').includes(name))).toEqual([])
  expect(attributes.filter((name) => /^on|^src|^style$|^srcdoc$|^action$/i.test(name))).toEqual([])
  expect(links.filter((href) => !/^(https?:|mailto:)/.test(href))).toEqual([])
  return { outcome: (await answer(page).getAttribute('data-outcome')) ?? '' }
}
