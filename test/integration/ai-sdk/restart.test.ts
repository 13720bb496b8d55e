/** The server's process dies in the middle of an answer, and another one takes the run over. */
import { DefaultChatTransport, type UIMessage } from 'ai'
import { expect, it } from 'vitest'
import { resumableFetch } from '../../../src/ai-sdk/index.ts'
import { simulatedText } from '../../../src/sources/simulated/scenarios.ts'
import { createServerProcess } from '../../support/server-process.ts'
import { Chat, said, textOf } from './fixture.ts'

const QUESTION = 'Why do networks break?'
const WHOLE = simulatedText('right-to-left', 1, QUESTION)

it('a kill in the middle of a second answer is not noticed with resumableFetch, and its prompt stays the same', async () => {
  await using server = await createServerProcess({ SLUICE_LOG_LEVEL: 'warn' })
  await server.start()
  const body = { model: 'simulated/right-to-left', options: { tokensPerSecond: 0 } }
  const transport = new DefaultChatTransport<UIMessage>({
    api: `${server.url}/api/chat`,
    body: () => body,
    fetch: resumableFetch({ maxDelayMs: 500, maxAttempts: 200 }),
  })
  const chat = new Chat({ id: 'killed', transport })
  await chat.sendMessage({ text: QUESTION })
  body.options.tokensPerSecond = 60
  const sent = chat.sendMessage({ text: QUESTION })
  await expect.poll(() => textOf(chat.messages[3]).length, { timeout: 20_000 }).toBeGreaterThan(40)
  await server.kill()
  const before = textOf(chat.messages[3])
  await server.start()
  await sent
  expect(before.length).toBeLessThan(WHOLE.length)
  expect([chat.status, chat.error]).toEqual(['ready', undefined])
  expect(said(chat)).toEqual([`user: ${QUESTION}`, `assistant: ${WHOLE}`, `user: ${QUESTION}`, `assistant: ${WHOLE}`])
  const kept = (await (await fetch(`${server.url}/v1/conversations/killed`)).json()) as {
    readonly messages: readonly { readonly text: string }[]
  }
  expect(kept.messages.map(({ text }) => text)).toEqual([QUESTION, WHOLE, QUESTION, WHOLE])
})
