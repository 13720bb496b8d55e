import { describe, expect, it } from 'vitest'
import { answerOf } from '../../conformance/source/collect.ts'
import type { FinishReason } from '../../core/event.ts'
import type { ToolPart } from '../../core/fold.ts'
import type { SourceEvent } from '../../ports/source.ts'
import { responsesSamples as samples } from '../../simulators/provider/samples/responses.ts'
import { base64Bytes, bounded, MAX_KEPT_CHARS } from '../shared/bounded.ts'
import { readBody } from '../shared/testing/read-body.ts'
import { createNormaliser } from './normalise.ts'

interface Outcome {
  readonly tools: readonly ToolPart[]
  readonly data: readonly SourceEvent[]
  readonly reason: FinishReason | undefined
}

async function outcomeOf(name: string): Promise<Outcome> {
  const sample = samples.find((one) => one.name === name)
  if (sample === undefined) throw new Error(`There is no sample ${name}.`)
  const normaliser = createNormaliser((text) => text)
  const { events, error } = await readBody(normaliser, sample.bytes)
  if (error !== undefined) throw error
  const last = events.at(-1)
  return {
    tools: answerOf(events).parts.filter((part) => part.kind === 'tool'),
    data: events.filter(({ type }) => type === 'data'),
    reason: last?.type === 'finish' ? last.reason : undefined,
  }
}

function tool(id: string, name: string, input: string, result?: ToolPart['result']): ToolPart {
  return { kind: 'tool', id, name, input, done: true, ...(result === undefined ? {} : { result }) }
}

const ACTION = '{"action":{"type":"click","button":"left","x":3,"y":4},"pending_safety_checks":[{"id":"check_1","code":"domain"}]}'
const COMMANDS = '{"commands":["ls"],"timeout_ms":null,"max_output_length":null}'
const SHELL_OUTPUT = [{ stdout: 'tides.md', stderr: '', outcome: { type: 'exit', exit_code: 0 } }]
const OPERATION = '{"type":"update_file","path":"tides.md","diff":"-low\\n+high"}'
const APPROVAL = '{"server_label":"sea","name":"tide","arguments":"{}"}'

describe('a tool that the provider runs', () => {
  it.each<readonly [string, readonly ToolPart[]]>([
    [
      'sample-file-search',
      [
        tool('fs_0', 'file_search', '{"queries":["tides"]}', {
          output: [{ file_id: 'file_1', filename: 'tides.md', score: 0.9, text: 'Twice a day.' }],
        }),
      ],
    ],
    ['sample-code-interpreter', [tool('ci_0', 'code_interpreter', '3*4', { output: [{ type: 'logs', logs: '12' }] })]],
    ['sample-hosted-shell', [tool('call_0', 'shell', COMMANDS, { output: SHELL_OUTPUT })]],
    [
      'sample-mcp',
      [
        tool('mcpl_0', 'mcp_list_tools', '{"server_label":"sea"}', { output: [{ name: 'tide', input_schema: {} }] }),
        tool('mcp_1', 'sea.tide', '{"port":1}', { output: 'high' }),
      ],
    ],
    ['sample-mcp-failed', [tool('mcp_0', 'sea.tide', '{"port":1}', { output: { status: 'failed' }, error: 'Bad gateway' })]],
    ['sample-tool-search', [tool('ts_0', 'tool_search', '{"query":"tide"}', { output: [{ type: 'function', name: 'get_tide' }] })]],
    ['sample-program', [tool('call_0', 'program', 'tide()', { output: '12' })]],
  ])('in %s is a call with its result, and the response finishes normally', async (name, tools) => {
    expect(await outcomeOf(name)).toEqual({ tools, data: [], reason: 'stop' })
  })

  it('keeps of a picture its size and format, and says that the rest is not kept', async () => {
    const { tools } = await outcomeOf('sample-image')
    const output = {
      status: 'completed',
      output_format: 'png',
      size: '1024x1024',
      bytes: 8,
      notKept: 'The picture itself, 8 bytes, is not part of the stream.',
    }
    expect(tools).toEqual([tool('ig_0', 'image_generation', '{"revised_prompt":"A tide table","size":"1024x1024"}', { output })])
  })
})

describe('a tool that waits for an answer of ours', () => {
  it.each<readonly [string, ToolPart]>([
    ['sample-computer', tool('call_0', 'computer', ACTION)],
    ['sample-local-shell', tool('call_0', 'local_shell', '{"type":"exec","command":["ls"],"env":{}}')],
    ['sample-shell', tool('call_0', 'shell', COMMANDS)],
    ['sample-apply-patch', tool('call_0', 'apply_patch', OPERATION)],
    ['sample-mcp-approval', tool('mcpr_0', 'mcp_approval_request', APPROVAL)],
    ['sample-tool-search-ours', tool('call_0', 'tool_search', '{"query":"tide"}')],
  ])('in %s is a call, and the response finishes for tool calls', async (name, part) => {
    expect(await outcomeOf(name)).toEqual({ tools: [part], data: [], reason: 'tool-calls' })
  })

  it.each<readonly [string, ToolPart['result']]>([
    ['sample-computer-answered', { output: { type: 'computer_screenshot', file_id: 'file_2' } }],
    ['sample-local-shell-answered', { output: 'tides.md' }],
    ['sample-apply-patch-failed', { output: 'No such line.', error: 'No such line.' }],
    ['sample-mcp-refused', { output: { approve: false, reason: 'Not now.' } }],
    ['sample-function-answered', { output: '12' }],
  ])('and has got it in %s waits no longer', async (name, result) => {
    const { tools, reason } = await outcomeOf(name)
    expect([tools.map((part) => part.result), reason]).toEqual([[result], 'stop'])
  })
})

describe('the output of a call', () => {
  it('may name the call by its item', () => {
    const { read } = createNormaliser((text) => text)
    const done = (output_index: number, item: object) => read({ type: 'response.output_item.done', output_index, item }).events
    done(0, { type: 'local_shell_call', id: 'ls_0', call_id: 'call_0', action: {} })
    expect(done(1, { type: 'local_shell_call_output', id: 'ls_0', output: 'tides.md' })).toEqual([
      { type: 'tool-result', id: 'call_0', output: 'tides.md' },
    ])
    expect(read({ type: 'response.completed', response: {} }).events).toMatchObject([{ type: 'finish', reason: 'stop' }])
  })
})

describe('an item that nobody knows', () => {
  it('is not told again when the terminal event has it at another place', () => {
    const { read } = createNormaliser((text) => text)
    const item = { type: 'teleport', id: 'tp' }
    read({ type: 'response.output_item.done', output_index: 4, item })
    expect(read({ type: 'response.completed', response: { output: [item] } }).events.map(({ type }) => type)).toEqual(['finish'])
  })

  it('is kept as data, whole, under its type', async () => {
    expect((await outcomeOf('sample-unknown-item')).data).toEqual([
      {
        type: 'data',
        name: 'openai.teleport_call',
        id: 'tp_0',
        data: { type: 'teleport_call', id: 'tp_0', status: 'completed', to: 'the sea' },
      },
    ])
    expect((await outcomeOf('sample-compaction')).data).toMatchObject([
      { name: 'openai.compaction', data: { encrypted_content: 'gAAAA-compact' } },
      { name: 'openai.additional_tools' },
    ])
    // Its call was made in an earlier response.
    expect((await outcomeOf('sample-stray-output')).data).toMatchObject([
      { name: 'openai.custom_tool_call_output', data: { call_id: 'call_9' } },
    ])
  })

  it('is told once, however often it is done', () => {
    const { read } = createNormaliser((text) => text)
    const wire = { type: 'response.output_item.done', output_index: 4, item: { type: 'teleport', id: 'tp' } }
    expect([read(wire).events.length, read(wire).events.length]).toEqual([1, 0])
  })

  it('is cut where it is longer than what is kept, and says so', () => {
    const { read } = createNormaliser((text) => text)
    const item = { type: 'teleport', id: 'tp', load: 'x'.repeat(MAX_KEPT_CHARS) }
    const { events } = read({ type: 'response.output_item.done', output_index: 0, item })
    const json = JSON.stringify(item)
    expect(events).toEqual([
      {
        type: 'data',
        name: 'openai.teleport',
        id: 'tp',
        data: { type: 'teleport', id: 'tp', cut: true, chars: json.length, start: json.slice(0, MAX_KEPT_CHARS) },
      },
    ])
  })
})

describe('what is kept of a value', () => {
  it('is the value, with pictures as what they were', () => {
    const url = `data:image/png;base64,${Buffer.alloc(3_000).toString('base64')}`
    expect(bounded({ url, small: 'data:,x', text: 'data: is a word' })).toEqual({
      url: '[not kept: 3000 bytes of image/png;base64]',
      small: 'data:,x',
      text: 'data: is a word',
    })
    expect([bounded(undefined), bounded(null), bounded('a')]).toEqual([undefined, null, 'a'])
  })

  it('survives a value that nests without end', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(bounded(deep)).toMatchObject({ cut: true })
  })

  it('does not end in half a character', () => {
    const kept = bounded(`${'x'.repeat(MAX_KEPT_CHARS - 2)}🦊🦊`)
    expect(JSON.stringify(kept)).toContain('\u{fffd}')
  })

  it('counts the bytes behind base64', () => {
    for (const length of [0, 1, 2, 3, 4, 100]) expect(base64Bytes(Buffer.alloc(length).toString('base64'))).toBe(length)
  })
})
