/** A line to try an operation with. */
import type { ApiDocument, Operation } from './document.ts'

/** The line for a shell; `<name>` stands for what the caller must know. */
export function exampleOf(document: ApiDocument, origin: string, method: string, path: string, operation: Operation): string {
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query' && one.required).map(({ name }) => `${name}=<${name}>`)
  const address = origin + path.replaceAll(/\{(.+?)\}/g, '<$1>') + (query.length === 0 ? '' : `?${query.join('&')}`)
  const types = Object.entries(operation.requestBody?.content ?? {})
  const [type, media] = types[0] ?? []
  const streams = Object.values(operation.responses).some(({ content }) => content !== undefined && 'text/event-stream' in content)
  const asked = operation.security ?? document.security
  const secret = asked.some((one) => 'wake' in one) ? '<token of the wake>' : '<key>'
  const open = asked.length === 0 || asked.some((one) => Object.keys(one).length === 0)
  return [
    'curl',
    ...(streams ? ['-N'] : []),
    ...(method === 'head' ? ['-I'] : method === 'get' ? [] : ['-X', method.toUpperCase()]),
    quoted(address),
    ...(open ? [] : ['-H', quoted(`authorization: Bearer ${secret}`)]),
    ...(type === undefined ? [] : ['-H', quoted(`content-type: ${type === '*/*' ? 'text/plain' : type}`)]),
    ...(type === undefined ? [] : ['-d', quoted(type === '*/*' ? 'Hello' : JSON.stringify(media?.example ?? {}))]),
  ].join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
