/** Which operation of the document an address belongs to. */
import type { ApiDocument } from '../../../src/http/openapi/document.ts'

/** The document's path of an address; of several the one that says most of it. */
export function pathOf({ paths }: ApiDocument, pathname: string): string | undefined {
  const [path] = Object.keys(paths)
    // The name of a stream has slashes, every other parameter has none.
    .filter((one) => new RegExp(`^${one.replaceAll('{path}', '.+').replaceAll(/\{.+?\}/g, '[^/]+')}$`).test(pathname))
    .sort((a, b) => literal(b) - literal(a))
  return path
}

function literal(path: string): number {
  return path.replaceAll(/\{.+?\}/g, '').length
}
