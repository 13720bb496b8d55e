/** Model ids. */
import { SluiceError } from '../core/errors.ts'
import type { Source } from '../ports/source.ts'

/** `<source>/<model>` to the source and the name that it knows. @throws {SluiceError} `invalid-request`, naming the sources there are. */
export function resolveModel(sources: ReadonlyMap<string, Source>, id: string): { readonly source: Source; readonly model: string } {
  const slash = id.indexOf('/')
  const source = sources.get(id.slice(0, Math.max(slash, 0)))
  const model = id.slice(slash + 1)
  if (!source || model === '') {
    const names = [...sources.keys()].map((name) => `${name}/…`).join(', ')
    const what = `No source for model ${JSON.stringify(id.slice(0, 120))}. A model is <source>/<model>; this server has ${names}.`
    throw new SluiceError('invalid-request', what, { safeMessage: what })
  }
  return { source, model }
}
