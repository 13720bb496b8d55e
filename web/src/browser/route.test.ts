import { describe, expect, it } from 'vitest'
import { conversationPath, parseRoute } from './route.ts'

describe('addresses', () => {
  it('lead to the conversation that they name', () => {
    expect(parseRoute(conversationPath('conv_1-a'))).toEqual({ name: 'conversation', id: 'conv_1-a' })
    expect(parseRoute('/c/x/')).toEqual({ name: 'conversation', id: 'x' })
  })

  it('that nobody made lead to a new chat', () => {
    for (const path of ['/', '/c/', '/c/a/b', '/c/%2e%2e', `/c/${'x'.repeat(129)}`, '/other'])
      expect(parseRoute(path)).toEqual({ name: 'new' })
  })
})
