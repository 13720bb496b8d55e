/** The provider's own SDK as the list of what there is: nothing of it may be without a treatment. */
import type { ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { responsesSamples as samples } from '../../simulators/provider/samples/responses.ts'
import { ITEM_TYPES, type ItemType } from './item-types.ts'
import { createNormaliser } from './normalise.ts'

/** Every type of output item that the SDK knows. A type that is new there fails the type check here, by its name: give it a row in the table. */
const ITEMS: Record<ResponseOutputItem['type'], ItemType['as']> = {
  message: 'message',
  reasoning: 'reasoning',
  function_call: 'call',
  function_call_output: 'result',
  custom_tool_call: 'call',
  custom_tool_call_output: 'result',
  computer_call: 'call',
  computer_call_output: 'result',
  local_shell_call: 'call',
  local_shell_call_output: 'result',
  shell_call: 'call',
  shell_call_output: 'result',
  apply_patch_call: 'call',
  apply_patch_call_output: 'result',
  tool_search_call: 'call',
  tool_search_output: 'result',
  mcp_approval_request: 'call',
  mcp_approval_response: 'result',
  web_search_call: 'call',
  file_search_call: 'call',
  code_interpreter_call: 'call',
  image_generation_call: 'call',
  mcp_call: 'call',
  mcp_list_tools: 'call',
  program: 'call',
  program_output: 'result',
  additional_tools: 'data',
  compaction: 'data',
}

/** Every type of event that the SDK knows, and what is done with it. The same holds: what is new there fails the type check here. */
const EVENTS: Record<
  ResponseStreamEvent['type'],
  'read' | 'skipped: no news' | 'skipped: the item that is done has it' | 'skipped: never asked for'
> = {
  'response.created': 'read',
  'response.queued': 'read',
  'response.in_progress': 'read',
  'response.completed': 'read',
  'response.incomplete': 'read',
  'response.failed': 'read',
  error: 'read',
  'response.output_item.added': 'read',
  'response.output_item.done': 'read',
  'response.content_part.added': 'skipped: no news',
  'response.content_part.done': 'read',
  'response.output_text.delta': 'read',
  'response.output_text.done': 'read',
  'response.output_text.annotation.added': 'read',
  'response.refusal.delta': 'read',
  'response.refusal.done': 'read',
  'response.reasoning_text.delta': 'read',
  'response.reasoning_text.done': 'read',
  'response.reasoning_summary_part.added': 'skipped: no news',
  'response.reasoning_summary_part.done': 'skipped: the item that is done has it',
  'response.reasoning_summary_text.delta': 'read',
  'response.reasoning_summary_text.done': 'read',
  'response.function_call_arguments.delta': 'read',
  'response.function_call_arguments.done': 'read',
  'response.custom_tool_call_input.delta': 'read',
  'response.custom_tool_call_input.done': 'read',
  'response.code_interpreter_call_code.delta': 'read',
  'response.code_interpreter_call_code.done': 'read',
  'response.mcp_call_arguments.delta': 'read',
  'response.mcp_call_arguments.done': 'read',
  // The argument of a shell call is JSON of which these are but the commands.
  'response.shell_call_command.added': 'skipped: the item that is done has it',
  'response.shell_call_command.delta': 'skipped: the item that is done has it',
  'response.shell_call_command.done': 'skipped: the item that is done has it',
  'response.shell_call_output_content.delta': 'skipped: the item that is done has it',
  'response.shell_call_output_content.done': 'skipped: the item that is done has it',
  'response.image_generation_call.partial_image': 'skipped: the item that is done has it',
  'response.image_generation_call.in_progress': 'skipped: no news',
  'response.image_generation_call.generating': 'skipped: no news',
  'response.image_generation_call.completed': 'skipped: no news',
  'response.code_interpreter_call.in_progress': 'skipped: no news',
  'response.code_interpreter_call.interpreting': 'skipped: no news',
  'response.code_interpreter_call.completed': 'skipped: no news',
  'response.file_search_call.in_progress': 'skipped: no news',
  'response.file_search_call.searching': 'skipped: no news',
  'response.file_search_call.completed': 'skipped: no news',
  'response.web_search_call.in_progress': 'skipped: no news',
  'response.web_search_call.searching': 'skipped: no news',
  'response.web_search_call.completed': 'skipped: no news',
  'response.mcp_call.in_progress': 'skipped: no news',
  'response.mcp_call.completed': 'skipped: no news',
  'response.mcp_call.failed': 'skipped: the item that is done has it',
  'response.mcp_list_tools.in_progress': 'skipped: no news',
  'response.mcp_list_tools.completed': 'skipped: no news',
  'response.mcp_list_tools.failed': 'skipped: the item that is done has it',
  'response.compaction.compacting': 'skipped: no news',
  'response.audio.delta': 'skipped: never asked for',
  'response.audio.done': 'skipped: never asked for',
  'response.audio.transcript.delta': 'skipped: never asked for',
  'response.audio.transcript.done': 'skipped: never asked for',
}

describe('the table of output items', () => {
  it('has a row for every type that the SDK knows, and no other', () => {
    expect(Object.fromEntries(Object.entries(ITEM_TYPES).map(([type, row]) => [type, row.as]))).toEqual(ITEMS)
  })

  it('stands in the samples, as do the events that are read', () => {
    const bodies = samples.map(({ bytes }) => new TextDecoder().decode(bytes)).join('')
    const read = Object.entries(EVENTS).flatMap(([type, what]) => (what === 'read' ? [type] : []))
    expect([...Object.keys(ITEMS), ...read].filter((type) => !bodies.includes(`"type":"${type}"`))).toEqual(['response.queued'])
  })

  it('leaves the events that are not read without effect', () => {
    for (const [type, what] of Object.entries(EVENTS)) {
      if (what === 'read') continue
      const { read } = createNormaliser((text) => text)
      expect(read({ type, output_index: 0, content_index: 0, delta: 'x', item_id: 'i' }), type).toEqual({ events: [] })
    }
  })
})
