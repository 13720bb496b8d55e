/** The two halves of a model id, `<source>/<model>`, where a program chooses both. */
import { SluiceError } from '../../core/errors.ts'

/** As much of a name as an error repeats. */
const MAX_NAME_CHARS = 80

/** @throws {SluiceError} `configuration` when a name cannot stand in a model id, or there is no model. */
export function checkNames(name: string, models: readonly string[]): void {
  if (!/^[^\s/]+$/.test(name)) {
    throw new SluiceError('configuration', `${quoted(name)} cannot be the name of a source. Use a word without spaces and slashes.`)
  }
  if (models.length === 0) throw new SluiceError('configuration', `The source ${name} has no models. Give it at least one.`)
  const blank = models.find((model) => model.trim() === '')
  if (blank !== undefined) {
    throw new SluiceError('configuration', `The source ${name} has a model of the name ${quoted(blank)}. A model needs a name that shows.`)
  }
}

/** @throws {SluiceError} `invalid-request`: the source has no such model; names those it has. */
export function refuseModel(name: string, models: readonly string[], model: string): never {
  throw new SluiceError('invalid-request', `The source ${name} has no model ${quoted(model)}. Use one of ${models.join(', ')}.`)
}

/** @throws {SluiceError} `invalid-request`: an attempt of a source that cannot go on was asked to. */
export function refuseResume(name: string): never {
  throw new SluiceError('invalid-request', `An answer of the source ${name} cannot be resumed; ask again instead.`)
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, MAX_NAME_CHARS))
}
