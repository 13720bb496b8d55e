/** Samples of every kind of tool that the Responses API knows: those that it runs itself, and those that wait for an answer. */
import type { Recording } from '../recordings.ts'
import { functionCall, type Item, made, message, streamed, whole } from './responses-wire.ts'

const DONE = { status: 'completed' }
/** Bytes of a picture that is none: eight, in base64. */
const PICTURE = 'UElDVFVSRSE='

const fileSearch = made(
  0,
  { type: 'file_search_call', id: 'fs_0', status: 'in_progress', queries: ['tides'], results: null },
  {
    ...DONE,
    results: [{ file_id: 'file_1', filename: 'tides.md', score: 0.9, text: 'Twice a day.' }],
  },
)

function codeInterpreter(at: number, deltas: readonly string[]): Item {
  const begun = { type: 'code_interpreter_call', id: `ci_${at}`, container_id: 'cntr_1', code: '', outputs: null, status: 'in_progress' }
  const done = { ...begun, ...DONE, code: deltas.join(''), outputs: [{ type: 'logs', logs: '12' }] }
  return streamed(at, { begun, done }, 'code_interpreter_call_code', 'code', deltas, {})
}

const image = made(
  0,
  { type: 'image_generation_call', id: 'ig_0', status: 'in_progress', result: null },
  { ...DONE, revised_prompt: 'A tide table', output_format: 'png', size: '1024x1024', result: PICTURE },
  [
    { type: 'response.image_generation_call.generating' },
    { type: 'response.image_generation_call.partial_image', partial_image_index: 0, partial_image_b64: PICTURE, output_format: 'png' },
  ],
)

const computer = made(
  0,
  { type: 'computer_call', id: 'cu_0', call_id: 'call_0', status: 'in_progress', pending_safety_checks: [] },
  { ...DONE, action: { type: 'click', button: 'left', x: 3, y: 4 }, pending_safety_checks: [{ id: 'check_1', code: 'domain' }] },
)

const computerOutput = made(
  1,
  { type: 'computer_call_output', id: 'cuo_1', call_id: 'call_0', status: 'in_progress' },
  {
    ...DONE,
    output: { type: 'computer_screenshot', file_id: 'file_2' },
  },
)

function localShell(at: number): Item {
  const action = { type: 'exec', command: ['ls'], env: {} }
  return made(at, { type: 'local_shell_call', id: `ls_${at}`, call_id: `call_${at}`, action, status: 'in_progress' }, DONE)
}

const localShellOutput = made(
  1,
  { type: 'local_shell_call_output', id: 'call_0', status: 'in_progress', output: '' },
  { ...DONE, output: 'tides.md' },
)

function shell(at: number, environment: Readonly<Record<string, unknown>>): Item {
  const action = { commands: ['ls'], timeout_ms: null, max_output_length: null }
  const begun = { type: 'shell_call', id: `sh_${at}`, call_id: `call_${at}`, environment, status: 'in_progress' }
  return made(at, { ...begun, action: { ...action, commands: [] } }, { ...DONE, action }, [
    { type: 'response.shell_call_command.added', command_index: 0, command: '' },
    { type: 'response.shell_call_command.delta', command_index: 0, delta: 'ls' },
    { type: 'response.shell_call_command.done', command_index: 0, command: 'ls' },
  ])
}

const SHELL_OUTPUT = [{ stdout: 'tides.md', stderr: '', outcome: { type: 'exit', exit_code: 0 } }]
const shellOutput = made(
  1,
  { type: 'shell_call_output', id: 'sho_1', call_id: 'call_0', max_output_length: null, output: [], status: 'in_progress' },
  { ...DONE, output: SHELL_OUTPUT },
  [
    { type: 'response.shell_call_output_content.delta', command_index: 0, delta: { stdout: 'tides.md' } },
    { type: 'response.shell_call_output_content.done', command_index: 0, output: SHELL_OUTPUT },
  ],
)

const OPERATION = { type: 'update_file', path: 'tides.md', diff: '-low\n+high' }
const patch = made(0, { type: 'apply_patch_call', id: 'ap_0', call_id: 'call_0', operation: OPERATION, status: 'in_progress' }, DONE)
const patchOutput = made(
  1,
  { type: 'apply_patch_call_output', id: 'apo_1', call_id: 'call_0', status: 'failed' },
  { output: 'No such line.' },
)

const mcpTools = made(
  0,
  { type: 'mcp_list_tools', id: 'mcpl_0', server_label: 'sea', tools: [] },
  { tools: [{ name: 'tide', input_schema: {} }] },
  [{ type: 'response.mcp_list_tools.in_progress' }, { type: 'response.mcp_list_tools.completed' }],
)

function mcpCall(at: number, end: Readonly<Record<string, unknown>>): Item {
  const begun = { type: 'mcp_call', id: `mcp_${at}`, server_label: 'sea', name: 'tide', arguments: '', status: 'in_progress' }
  const done = { ...begun, ...end, arguments: '{"port":1}' }
  return streamed(at, { begun, done }, 'mcp_call_arguments', 'arguments', ['{"port"', ':1}'], {})
}

const mcpFailure = { status: 'failed', output: null, error: { type: 'http_error', code: 502, message: 'Bad gateway' } }
const approval = made(0, { type: 'mcp_approval_request', id: 'mcpr_0', server_label: 'sea', name: 'tide', arguments: '{}' }, {})
const approvalAnswer = made(
  1,
  { type: 'mcp_approval_response', id: 'mcpa_1', approval_request_id: 'mcpr_0', approve: false, reason: 'Not now.' },
  {},
)

function toolSearch(at: number, execution: 'server' | 'client', callId: string | null): Item {
  const begun = { type: 'tool_search_call', id: `ts_${at}`, call_id: callId, execution, arguments: {}, status: 'in_progress' }
  return made(at, begun, { ...DONE, arguments: { query: 'tide' } })
}

const toolSearchOutput = made(
  1,
  { type: 'tool_search_output', id: 'tso_1', call_id: null, execution: 'server', tools: [], status: 'in_progress' },
  {
    ...DONE,
    tools: [{ type: 'function', name: 'get_tide' }],
  },
)

const program = made(0, { type: 'program', id: 'pg_0', call_id: 'call_0', code: 'tide()', fingerprint: 'f' }, {})
const programOutput = made(1, { type: 'program_output', id: 'po_1', call_id: 'call_0', result: '12', status: 'completed' }, {})

const compaction = made(0, { type: 'compaction', id: 'cmp_0', encrypted_content: 'gAAAA-compact' }, {}, [
  { type: 'response.compaction.compacting' },
])
const addedTools = made(1, { type: 'additional_tools', id: 'at_1', role: 'developer', tools: [] }, {})
const functionOutput = made(1, { type: 'function_call_output', id: 'fco_1', call_id: 'call_0', status: 'completed', output: '12' }, {})
const strayOutput = made(0, { type: 'custom_tool_call_output', id: 'cto_0', call_id: 'call_9', status: 'completed', output: 'late' }, {})
const unknown = made(0, { type: 'teleport_call', id: 'tp_0', status: 'in_progress' }, { ...DONE, to: 'the sea' }, [
  { type: 'response.teleport_call.beaming' },
])

/** The tools, by what becomes of them; each sample as small as it can be. */
export const toolSamples: readonly Recording[] = [
  whole('sample-file-search', [fileSearch]),
  whole('sample-code-interpreter', [codeInterpreter(0, ['3', '*4'])]),
  whole('sample-image', [image]),
  whole('sample-computer', [computer]),
  whole('sample-computer-answered', [computer, computerOutput]),
  whole('sample-local-shell', [localShell(0)]),
  whole('sample-local-shell-answered', [localShell(0), localShellOutput]),
  whole('sample-shell', [shell(0, { type: 'local' })]),
  whole('sample-hosted-shell', [shell(0, { type: 'container_reference', container_id: 'cntr_1' }), shellOutput]),
  whole('sample-apply-patch', [patch]),
  whole('sample-apply-patch-failed', [patch, patchOutput]),
  whole('sample-mcp', [mcpTools, mcpCall(1, { ...DONE, output: 'high', error: null })]),
  whole('sample-mcp-failed', [mcpCall(0, mcpFailure)]),
  whole('sample-mcp-approval', [approval]),
  whole('sample-mcp-refused', [approval, approvalAnswer]),
  whole('sample-tool-search', [toolSearch(0, 'server', null), toolSearchOutput]),
  whole('sample-tool-search-ours', [toolSearch(0, 'client', 'call_0')]),
  whole('sample-program', [program, programOutput]),
  whole('sample-compaction', [compaction, addedTools, message(2, ['Go on.'])]),
  whole('sample-function-answered', [functionCall(0, 'get_tide', ['{}']), functionOutput]),
  whole('sample-stray-output', [strayOutput]),
  whole('sample-unknown-item', [unknown]),
]
