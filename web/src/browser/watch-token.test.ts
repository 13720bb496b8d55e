import { describe, expect, it } from 'vitest'
import { parseWatchToken } from './watch-token.ts'

const claims = (value: unknown): string => btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

describe('the address of a watch link', () => {
  it('names its run', () => {
    const token = `aaa.${claims({ run: 'run_1', sub: '???>>>' })}.c-c_c`
    expect(parseWatchToken(`/watch/${token}`)).toEqual({ token, runId: 'run_1' })
  })

  it.each([
    '/',
    '/c/abc',
    '/watch/',
    '/watch/a.b',
    '/watch/a.!.c',
    `/watch/a.${claims({})}.c`,
    `/watch/a.${claims(null)}.c`,
    '/watch/a.b.c',
  ])('%s names none', (pathname) => {
    expect(parseWatchToken(pathname)).toBeUndefined()
  })
})
