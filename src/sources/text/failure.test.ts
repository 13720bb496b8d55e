import { describe, expect, it } from 'vitest'
import { collect } from '../../conformance/source/collect.ts'
import { SluiceError } from '../../core/errors.ts'
import { createTextSource, type TextSourceOptions, type TextStream } from './source.ts'
import { ask, of, read, streamOf } from './testing.ts'

describe('what a text source refuses', () => {
  const bad: readonly (readonly [string, unknown, RegExp])[] = [
    ['numbers', 7, /mine sent a number\. Stream strings/],
    ['objects', { content: 'text' }, /mine sent an object\. Stream strings/],
    ['null', null, /mine sent null/],
  ]
  for (const [what, chunk, message] of bad) {
    it(`${what} among the text, after what came before`, async () => {
      const { thrown, text } = await read(async function* () {
        yield 'before'
        yield chunk as string
      })
      expect(thrown).toMatchObject({ code: 'provider', message: expect.stringMatching(message) })
      expect(text).toBe('before')
    })
  }

  it('bytes that are not UTF-8, and a character that is not whole at the end', async () => {
    for (const bytes of [
      [0x61, 0xff, 0x62],
      [0x61, 0xe4],
      [0x61, 0xf0, 0x9f, 0x98],
    ]) {
      const { thrown } = await read(() => streamOf([Uint8Array.from(bytes)], 'close').stream)
      expect(thrown).toMatchObject({ code: 'provider', message: expect.stringContaining('not UTF-8') })
    }
  })

  it('anything that is no stream, naming what it was', async () => {
    const given: readonly (readonly [unknown, RegExp])[] = [
      ['a whole text', /gave a string\. Give an async iterable/],
      [undefined, /gave undefined/],
      [null, /gave null/],
      [new Response('x'), /gave an object of type Response\. .*body of a response/],
    ]
    for (const [value, message] of given) {
      const { thrown } = await read(() => value as TextStream)
      expect(thrown).toMatchObject({ code: 'provider', message: expect.stringMatching(message) })
    }
  })

  it('a name that cannot stand in a model id, models without names, and none', () => {
    const open = async function* () {}
    for (const name of ['', 'a/b', 'a b']) expect(() => createTextSource({ name, open })).toThrow(SluiceError)
    for (const models of [[], ['']]) expect(() => createTextSource({ name: 'mine', models, open })).toThrow(SluiceError)
  })

  it('a model that it does not have, before anything is opened', async () => {
    let opened = 0
    const source = of(() => {
      opened++
      return streamOf<string>([], 'close').stream
    })
    expect((await collect(source, ask('other'))).thrown).toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('Use one of default'),
    })
    expect(opened).toBe(0)
  })
})

describe('what fails in a text source', () => {
  const quota = new SluiceError('quota', 'No money left.')
  const cases: readonly (readonly [string, unknown, object])[] = [
    ['an error of ours stays what it is', quota, quota],
    ['a reset', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), { code: 'connection', retryable: true }],
    [
      "undici's words for one",
      new TypeError('terminated', { cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }) }),
      { code: 'connection' },
    ],
    ['a time limit of theirs', new DOMException('too slow', 'TimeoutError'), { code: 'timeout' }],
    [
      'anything else',
      new Error('key sk-abcdefgh1234 is wrong'),
      { code: 'provider', message: 'The text source mine failed: key [redacted] is wrong.' },
    ],
    ['no error at all', 'just words', { code: 'provider', message: 'The text source mine failed: just words.' }],
  ]
  for (const [what, thrown, error] of cases) {
    it(`${what}: while opening, at once, and after text`, async () => {
      const ways: readonly TextSourceOptions['open'][] = [
        () => {
          throw thrown
        },
        () => Promise.reject(thrown),
        async function* () {
          yield 'text'
          throw thrown
        },
      ]
      for (const open of ways) expect((await read(open)).thrown).toMatchObject(error)
    })
  }

  it('never tells people its own words', async () => {
    const { thrown } = await read(() => Promise.reject(new Error('secret plans')))
    expect(thrown).toMatchObject({ safeMessage: 'The model provider reported an error.' })
  })
})
