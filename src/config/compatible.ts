/**
 * Endpoints that speak Chat Completions, any number of them: `COMPATIBLE_<NAME>_BASE_URL` sets one up, and NAME, in lower case and with `-` for
 * `_`, is its source's name.
 */
import type { Scrubber } from '../telemetry/secrets.ts'
import type { Environment } from './environment.ts'
import { nearest } from './nearest.ts'
import { type About, isHttpUrl, isKey } from './schema.ts'
import { Secret } from './secret.ts'
import { show } from './shown.ts'

export interface CompatibleEndpoint {
  /** The source's name. */
  readonly name: string
  readonly baseUrl: string
  /** Absent where the endpoint asks for none. */
  readonly apiKey?: Secret
  /** Names to offer; any other is accepted too. */
  readonly models: readonly string[]
  /** What errors tell people to look at. */
  readonly variables: { readonly apiKey: string; readonly baseUrl: string }
}

export interface CompatibleReading {
  readonly endpoints: readonly CompatibleEndpoint[]
  /** Sentences about what is wrong. */
  readonly problems: readonly string[]
  /** The names of sources that somebody meant to set up, whether or not all of it is right. */
  readonly names: readonly string[]
}

const PREFIX = 'COMPATIBLE_'
const SUFFIXES = ['BASE_URL', 'API_KEY', 'MODELS'] as const
type Suffix = (typeof SUFFIXES)[number]

/** Names of sources that are ours. */
const RESERVED: ReadonlySet<string> = new Set(['openai', 'openai-chat', 'anthropic', 'simulated'])
const MAX_NAME_CHARACTERS = 32
const NAME = /^[A-Za-z0-9]+(_[A-Za-z0-9]+)*$/
const VARIABLE = new RegExp(`^${PREFIX}(.+)_(${SUFFIXES.join('|')})$`)
const MODEL = /^[\x21-\x7e]{1,200}$/

const ABOUT: Readonly<Record<Suffix, About>> = {
  BASE_URL: {
    description:
      'Where an endpoint that speaks Chat Completions is found: a server on this machine, a gateway, another provider. NAME, in lower case and with - for _, is the first part of its model ids. An address at Azure keeps its ?api-version.',
    expects: 'an http or https URL without user, password and fragment',
    remedy: 'Correct it, such as http://127.0.0.1:11434/v1, or remove it.',
  },
  API_KEY: {
    description: 'Key for that endpoint; without it requests carry none.',
    expects: 'a key without spaces and line breaks',
    remedy: 'Copy the key anew, or remove it where the endpoint asks for none.',
    secret: true,
  },
  MODELS: {
    description: 'Models of that endpoint to offer to people; any other name is accepted as well.',
    expects: 'names of models without spaces, separated by commas',
    remedy: 'Correct or remove it.',
  },
}

/** What is written down about the variables of an endpoint, by their pattern. */
export const COMPATIBLE_SETTINGS: readonly (About & { readonly pattern: string })[] = SUFFIXES.map((suffix) => ({
  pattern: `${PREFIX}<NAME>_${suffix}`,
  ...ABOUT[suffix],
}))

/** Two endpoints as somebody would set them up. */
export const COMPATIBLE_EXAMPLE: readonly (readonly [variable: string, value: string])[] = [
  [`${PREFIX}OLLAMA_BASE_URL`, 'http://127.0.0.1:11434/v1'],
  [`${PREFIX}OPENROUTER_BASE_URL`, 'https://openrouter.ai/api/v1'],
  [`${PREFIX}OPENROUTER_API_KEY`, ''],
  [`${PREFIX}OPENROUTER_MODELS`, 'deepseek/deepseek-chat, qwen/qwen3-max'],
]

/** Values in the variables of endpoints that may be keys: all that are not plainly something else, since a name can be misspelled. */
export function compatibleSecrets(env: Environment): readonly string[] {
  return given(env).flatMap(([variable, text]) => (/_(BASE_URL|MODELS)$/.test(variable) ? [] : [text]))
}

/** Reads the variables of all endpoints. One that is empty counts as not set. */
export function readCompatible(env: Environment, scrub: Scrubber): CompatibleReading {
  const problems: string[] = []
  const groups = new Map<string, Partial<Record<Suffix, string>>>()
  for (const [variable, text] of given(env)) {
    const [, name, suffix] = VARIABLE.exec(variable) ?? []
    const known = SUFFIXES.find((one) => one === suffix)
    if (name === undefined || known === undefined) problems.push(unknownVariable(variable, scrub))
    else groups.set(name, { ...groups.get(name), [known]: text })
  }

  const endpoints: CompatibleEndpoint[] = []
  const names: string[] = []
  for (const [name, texts] of groups) {
    const source = name.toLowerCase().replaceAll('_', '-')
    const wrong = nameProblem(name, source, names, scrub)
    if (wrong !== undefined) {
      problems.push(wrong)
      continue
    }
    names.push(source)
    const endpoint = readEndpoint(name, source, texts, scrub)
    if (Array.isArray(endpoint)) problems.push(...endpoint)
    else endpoints.push(endpoint)
  }
  return { endpoints, problems, names }
}

function given(env: Environment): readonly (readonly [variable: string, text: string])[] {
  return Object.entries(env).flatMap(([variable, value]) => {
    const text = value?.trim() ?? ''
    return variable.startsWith(PREFIX) && text !== '' ? [[variable, text] as const] : []
  })
}

function nameProblem(name: string, source: string, taken: readonly string[], scrub: Scrubber): string | undefined {
  const what = `${shownName(`${PREFIX}${name}`, scrub)}_…`
  if (!NAME.test(name) || name.length > MAX_NAME_CHARACTERS) {
    return `${what} names no endpoint: what stands for NAME must be letters, digits and single _ between them, ${MAX_NAME_CHARACTERS} characters at most. Rename it.`
  }
  if (RESERVED.has(source)) return `${what} would be a second source ${source}, and that one is built in. Choose another name.`
  return taken.includes(source) ? `${what} would be a second source ${source}: two names differ in case only. Rename one.` : undefined
}

/** The endpoint, or what is wrong with it. */
function readEndpoint(
  name: string,
  source: string,
  texts: Partial<Record<Suffix, string>>,
  scrub: Scrubber,
): CompatibleEndpoint | string[] {
  const variable = (suffix: Suffix): string => `${PREFIX}${name}_${suffix}`
  const models = (texts.MODELS ?? '').split(',').flatMap((model) => model.trim() || [])
  const right: Readonly<Record<Suffix, boolean>> = {
    BASE_URL: isHttpUrl(texts.BASE_URL ?? ''),
    API_KEY: isKey(texts.API_KEY ?? ''),
    MODELS: models.length > 0 && models.every((model) => MODEL.test(model)),
  }
  const problems = SUFFIXES.flatMap((suffix) => {
    const text = texts[suffix]
    if (text === undefined || right[suffix]) return []
    const { expects, remedy, secret } = ABOUT[suffix]
    return [`${variable(suffix)}=${secret ? '***' : show(text, scrub)} is not accepted: it must be ${expects}. ${remedy}`]
  })
  const { BASE_URL: baseUrl, API_KEY: apiKey } = texts
  if (baseUrl === undefined) {
    const set = SUFFIXES.filter((suffix) => texts[suffix] !== undefined).map(variable)
    const missing = `${variable('BASE_URL')} is not set, and ${set.join(' and ')} ${set.length === 1 ? 'needs' : 'need'} it. Set it, or remove the rest.`
    return [...problems, missing]
  }
  if (problems.length > 0) return problems
  return {
    name: source,
    baseUrl,
    ...(apiKey === undefined ? {} : { apiKey: new Secret(apiKey) }),
    models,
    variables: { apiKey: variable('API_KEY'), baseUrl: variable('BASE_URL') },
  }
}

/** Half of an end is what people write most; counting edits would take the rest of the name for the other half. */
const HALF_ENDS: Readonly<Record<string, Suffix>> = { URL: 'BASE_URL', BASE: 'BASE_URL', KEY: 'API_KEY', MODEL: 'MODELS' }

function unknownVariable(variable: string, scrub: Scrubber): string {
  const guess = guessOf(variable.slice(PREFIX.length).split('_')) ?? ''
  const meant = guess === '' ? '' : ` Did you mean ${shownName(guess, scrub)}?`
  const ends = `_${SUFFIXES.slice(0, -1).join(', _')} or _${SUFFIXES.at(-1)}`
  return `${shownName(variable, scrub)} is not a setting: the name of an endpoint is followed by ${ends}.${meant}`
}

/** What was meant, wherever among the words the name of the endpoint may end. */
function guessOf(words: readonly string[]): string | undefined {
  const nameOf = (count: number): string => `${PREFIX}${words.slice(0, count).join('_')}`
  const last = words.at(-1) ?? ''
  const half = words.length > 1 && Object.hasOwn(HALF_ENDS, last) ? HALF_ENDS[last] : undefined
  if (half !== undefined) return `${nameOf(words.length - 1)}_${half}`
  const candidates = words.flatMap((_, at) => SUFFIXES.map((suffix) => `${nameOf(at + 1)}_${suffix}`))
  return nearest(nameOf(words.length), candidates)
}

/** The name of a variable as it may be printed; a usual one as it is. */
function shownName(name: string, scrub: Scrubber): string {
  return /^[A-Za-z0-9_]{1,80}$/.test(name) ? scrub.text(name) : show(name, scrub)
}
