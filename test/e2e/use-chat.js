/** What an app of the AI SDK writes: stock `useChat` that resumes, with our `fetch` when the address asks for it. */
import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport } from 'ai'
import { createElement as h, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { resumableFetch } from '../../src/ai-sdk/index.ts'

const asked = new URLSearchParams(location.search)
const id = asked.get('chat')
const transport = new DefaultChatTransport({
  body: { model: asked.get('model'), options: { tokensPerSecond: Number(asked.get('speed')) } },
  ...(asked.has('resumable') ? { fetch: resumableFetch({ baseDelayMs: 20 }) } : {}),
})

function Chat() {
  const { messages, sendMessage, status, stop } = useChat({ id, transport, resume: true })
  const answer = messages.findLast(({ role }) => role === 'assistant')
  const stopModel = async () => {
    await fetch(`/api/chat/${id}/stop`, { method: 'POST' })
    await stop()
  }
  return h(
    'main',
    null,
    h('button', { type: 'button', id: 'ask', onClick: () => sendMessage({ text: asked.get('message') }) }, 'Ask'),
    h('button', { type: 'button', id: 'stop', onClick: stopModel }, 'Stop'),
    h('p', { id: 'status' }, status),
    h('p', { id: 'messages' }, messages.map(({ role }) => role).join(' ')),
    h('pre', { id: 'answer' }, answer?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')),
  )
}

function Page() {
  const [shown, setShown] = useState(true)
  return h('div', null, h('button', { type: 'button', id: 'toggle', onClick: () => setShown(!shown) }, 'Toggle'), shown ? h(Chat) : null)
}

createRoot(document.getElementById('root')).render(h(Page))
