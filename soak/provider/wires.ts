/** The three APIs that the provider of the soak speaks, as far as a streamed text needs them. Written from the facts of the APIs. */

export interface Wire {
  open(id: string): string
  delta(id: string, text: string): string
  /** The terminal event, with all that goes before it. */
  close(id: string, whole: string, tokens: number): string
  /** An error after the stream has begun. */
  error(): string
}

const MESSAGE = 'The server had an error while processing your request. Sorry about that!'

function named(event: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

const responses: Wire = {
  open: (id) =>
    named({ type: 'response.created', response: { id, status: 'in_progress', output: [], usage: null, error: null } }) +
    named({ type: 'response.output_item.added', output_index: 0, item: { ...item(id), status: 'in_progress', content: [] } }),
  delta: (id, text) => named({ type: 'response.output_text.delta', item_id: item(id).id, output_index: 0, content_index: 0, delta: text }),
  close(id, whole, tokens) {
    const done = { ...item(id), status: 'completed', content: [{ type: 'output_text', text: whole, annotations: [] }] }
    const usage = { input_tokens: 20, output_tokens: tokens, total_tokens: tokens + 20 }
    return (
      named({ type: 'response.output_text.done', item_id: done.id, output_index: 0, content_index: 0, text: whole }) +
      named({ type: 'response.output_item.done', output_index: 0, item: done }) +
      named({ type: 'response.completed', response: { id, status: 'completed', output: [done], usage, error: null } })
    )
  },
  error: () => named({ type: 'error', code: 'server_error', message: MESSAGE, param: null }),
}

function item(id: string): { readonly type: string; readonly id: string; readonly role: string } {
  return { type: 'message', id: `msg_${id}`, role: 'assistant' }
}

function chunk(id: string, choices: readonly unknown[], usage?: unknown): string {
  return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 0, model: 'soak', choices, ...(usage ? { usage } : {}) })}\n\n`
}

const chat: Wire = {
  open: (id) => chunk(id, [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  delta: (id, text) => chunk(id, [{ index: 0, delta: { content: text }, finish_reason: null }]),
  close: (id, _, tokens) =>
    chunk(id, [{ index: 0, delta: {}, finish_reason: 'stop' }]) +
    chunk(id, [], { prompt_tokens: 20, completion_tokens: tokens, total_tokens: tokens + 20 }) +
    'data: [DONE]\n\n',
  error: () => `data: ${JSON.stringify({ error: { message: MESSAGE, type: 'server_error', param: null, code: null } })}\n\n`,
}

const anthropic: Wire = {
  open: (id) =>
    named({
      type: 'message_start',
      message: {
        id,
        type: 'message',
        role: 'assistant',
        model: 'soak',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 20, output_tokens: 1 },
      },
    }) + named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  delta: (_, text) => named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  close: (_, __, tokens) =>
    named({ type: 'content_block_stop', index: 0 }) +
    named({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: tokens } }) +
    named({ type: 'message_stop' }),
  error: () => named({ type: 'error', error: { type: 'api_error', message: MESSAGE } }),
}

/** By the end of the path. */
const WIRES: Readonly<Record<string, Wire>> = { '/responses': responses, '/chat/completions': chat, '/messages': anthropic }

export function wireOf(path: string): Wire | undefined {
  return Object.entries(WIRES).find(([end]) => path.endsWith(end))?.[1]
}

/** The body of a refusal: OpenAI's shape with what Anthropic's has besides. */
export function refusalBody(type: string): string {
  return JSON.stringify({ type: 'error', error: { type, code: null, param: null, message: MESSAGE } })
}
