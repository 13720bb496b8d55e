import { closesFence, type Fence, mayCloseFence } from './lines.ts'

/**
 * The code inside a fenced block, ready to be shown.
 * @param open whether the block is still being written: a last line that may become the closing fence is then held back.
 */
export function fenceText(raw: string, fence: Fence, open: boolean): string {
  const leading = /^(?:[ \t]*\r?\n)*/.exec(raw)?.[0].length ?? 0
  const body = raw.slice(raw.indexOf('\n', leading) + 1 || raw.length)
  const trimmed = body.replace(/\r?\n$/, '')
  const at = trimmed.lastIndexOf('\n') + 1
  const last = trimmed.slice(at)
  const closing = closesFence(last, fence) || (open && !body.endsWith('\n') && mayCloseFence(last, fence))
  const code = closing ? trimmed.slice(0, Math.max(0, at - 1)) : open ? body : trimmed
  return fence.indent === 0 ? code : code.replace(new RegExp(`^ {1,${fence.indent}}`, 'gm'), '')
}
