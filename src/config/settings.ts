/** Settings: what the environment says, checked at start with all problems named at once (SPEC OP6). */
import { SluiceError } from '../core/errors.ts'
import type { ConversationPolicy, RunLimits } from '../generate/limits.ts'
import type { LogLevel } from '../telemetry/logger.ts'
import { createScrubber, type Scrubber } from '../telemetry/secrets.ts'
import { type CompatibleEndpoint, compatibleSecrets, readCompatible } from './compatible.ts'
import type { Environment } from './environment.ts'
import { nearest } from './nearest.ts'
import { aboutSetting, isLoopback, SCHEMA, SETTING_NAMES, type SettingName } from './schema.ts'
import type { Secret } from './secret.ts'
import { show } from './shown.ts'

/** A provider; without a key its sources are not offered. */
export interface Endpoint {
  readonly apiKey?: Secret
  readonly baseUrl: string
}

export interface Settings {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Host names besides `localhost`, `127.0.0.1` and `[::1]` that requests may name; lower case, without a port. */
  readonly allowedHosts: readonly string[]
  /** With one, every caller shows a credential. */
  readonly secret?: Secret
  /** Lower case, without a path. */
  readonly allowedOrigins: readonly string[]
  readonly trustedProxies: number
  /** Requests per minute; 0 is no limit. */
  readonly rateLimits: { readonly perKey: number; readonly perAddress: number }
  /** As given: relative to the working directory, or absolute. */
  readonly dataDir: string
  readonly store: 'sqlite' | 'memory'
  readonly synchronous: 'normal' | 'full'
  readonly logLevel: LogLevel
  readonly defaultModel: string
  readonly openai: Endpoint
  readonly anthropic: Endpoint
  readonly compatible: readonly CompatibleEndpoint[]
  readonly maxBodyBytes: number
  readonly longPollTimeoutMs: number
  readonly limits: RunLimits
  readonly conversationPolicy: ConversationPolicy
  /** 0: never. */
  readonly cancelUnreadAfterMs: number
  readonly drainTimeoutMs: number
  readonly sweepIntervalMs: number
  /** What is odd but stops nothing, as sentences for the log. */
  readonly warnings: readonly string[]
}

/** Variables that begin like settings and are read elsewhere: by the command line, and by tests. */
const READ_ELSEWHERE: ReadonlySet<string> = new Set(['SLUICE_URL', 'SLUICE_API_KEY', 'SLUICE_FIXTURES'])

/**
 * Reads the settings. A variable that is empty counts as not set.
 * @param defaults texts to use, instead of the usual defaults, for what `env` does not set.
 * @throws {SluiceError} `configuration`: one message that names every wrong variable, the value seen (never a secret) and the remedy.
 */
export function readSettings(env: Environment, defaults: Partial<Readonly<Record<SettingName, string>>> = {}): Settings {
  const given = (name: SettingName): string | undefined => env[name]?.trim() || undefined
  const texts = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const text = given(name) ?? defaults[name] ?? aboutSetting(name).fallback
      return text === undefined ? [] : [[name, text] as const]
    }),
  )
  const result = SCHEMA.safeParse(texts)
  const wrong = new Set(result.error?.issues.map((issue) => issue.path[0]))
  const scrub = createScrubber([...secretTexts(texts), ...compatibleSecrets(env)])
  const compatible = readCompatible(env, scrub)
  const problems = SETTING_NAMES.filter((name) => wrong.has(name)).map((name) => problemOf(name, texts[name] ?? '', scrub))
  problems.push(...compatible.problems)
  if (!wrong.has('HOST')) problems.push(...hostProblems(texts, scrub))
  if (!wrong.has('SLUICE_DEFAULT_MODEL')) problems.push(...defaultModelProblems(texts, compatible.names, scrub))
  if (!result.success || problems.length > 0) throw configurationError(problems)

  const values = result.data
  return {
    host: values.HOST,
    port: values.PORT,
    // A loopback address that is not one of the three usual ones is no less this server's own.
    allowedHosts:
      values.HOST.startsWith('127.') && values.HOST !== '127.0.0.1'
        ? [...values.SLUICE_ALLOWED_HOSTS, values.HOST]
        : values.SLUICE_ALLOWED_HOSTS,
    ...(values.SLUICE_SECRET === undefined ? {} : { secret: values.SLUICE_SECRET }),
    allowedOrigins: values.SLUICE_ALLOWED_ORIGINS,
    trustedProxies: values.SLUICE_TRUSTED_PROXIES,
    rateLimits: { perKey: values.SLUICE_RATE_LIMIT_PER_KEY, perAddress: values.SLUICE_RATE_LIMIT_PER_ADDRESS },
    dataDir: values.SLUICE_DATA_DIR,
    store: values.SLUICE_STORE,
    synchronous: values.SLUICE_SYNCHRONOUS,
    logLevel: values.SLUICE_LOG_LEVEL,
    defaultModel: values.SLUICE_DEFAULT_MODEL,
    openai: endpoint(values.OPENAI_BASE_URL, values.OPENAI_API_KEY),
    anthropic: endpoint(values.ANTHROPIC_BASE_URL, values.ANTHROPIC_API_KEY),
    compatible: compatible.endpoints,
    maxBodyBytes: values.SLUICE_MAX_BODY_BYTES,
    longPollTimeoutMs: values.SLUICE_LONG_POLL_TIMEOUT_MS,
    limits: {
      maxPromptBytes: values.SLUICE_MAX_PROMPT_BYTES,
      maxConcurrentRuns: values.SLUICE_MAX_CONCURRENT_RUNS,
      maxQueuedRuns: values.SLUICE_MAX_QUEUED_RUNS,
      maxRunsPerUser: values.SLUICE_MAX_RUNS_PER_USER,
      maxHistoryTokens: values.SLUICE_MAX_HISTORY_TOKENS,
      runDeadlineMs: values.SLUICE_RUN_DEADLINE_MS,
    },
    conversationPolicy: values.SLUICE_CONVERSATION_POLICY,
    cancelUnreadAfterMs: values.SLUICE_CANCEL_UNREAD_AFTER_MS,
    drainTimeoutMs: values.SLUICE_DRAIN_TIMEOUT_MS,
    sweepIntervalMs: values.SLUICE_SWEEP_INTERVAL_MS,
    warnings: [...unknownVariables(env), ...oddities(values)],
  }
}

/** All keys in use, for those who must never show them. */
export function secretsOf({ secret, openai, anthropic, compatible }: Settings): readonly string[] {
  return [secret, ...[openai, anthropic, ...compatible].map(({ apiKey }) => apiKey)].flatMap((one) => one?.reveal() ?? [])
}

type Texts = Readonly<Partial<Record<string, string>>>

function secretTexts(texts: Texts): readonly string[] {
  return SETTING_NAMES.flatMap((name) => (aboutSetting(name).secret ? (texts[name] ?? []) : []))
}

function endpoint(baseUrl: string, apiKey: Secret | undefined): Endpoint {
  return { baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }
}

/** Beyond this machine anybody could call, so callers must prove who they are. */
function hostProblems(texts: Texts, scrub: Scrubber): readonly string[] {
  const host = texts['HOST'] ?? ''
  if (isLoopback(host) || texts['SLUICE_SECRET'] !== undefined) return []
  return [
    `HOST=${show(host, scrub)} is not accepted without SLUICE_SECRET: it must be a loopback address (127.0.0.1, ::1 or localhost), because everybody who reaches it could use this server. Set SLUICE_SECRET (openssl rand -base64 32), or set HOST=127.0.0.1 and come from another machine through an SSH tunnel (ssh -L 8080:127.0.0.1:8080 <this machine>).`,
  ]
}

/** The sources that there are only with a key. */
const KEY_OF_SOURCE: Readonly<Record<string, SettingName>> = {
  openai: 'OPENAI_API_KEY',
  'openai-chat': 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
}

/** A default model whose source will not be there would fail every run that names none. */
function defaultModelProblems(texts: Texts, compatible: readonly string[], scrub: Scrubber): readonly string[] {
  const model = texts['SLUICE_DEFAULT_MODEL'] ?? ''
  const source = model.split('/')[0] ?? ''
  const shown = `SLUICE_DEFAULT_MODEL=${show(model, scrub)}`
  const key = Object.hasOwn(KEY_OF_SOURCE, source) ? KEY_OF_SOURCE[source] : undefined
  if (key !== undefined) {
    return texts[key] === undefined ? [`${shown} needs ${key}, which is not set. Set it, or remove SLUICE_DEFAULT_MODEL.`] : []
  }
  const keyed = Object.entries(KEY_OF_SOURCE).flatMap(([name, needed]) => (texts[needed] === undefined ? [] : [name]))
  const sources = ['simulated', ...keyed, ...compatible]
  if (sources.includes(source)) return []
  // Somebody may have pasted a key here, and upper case would hide it from the scrubber.
  const name = scrub.text(source) === source ? source.toUpperCase().replaceAll('-', '_') : '<NAME>'
  return [
    `${shown} names a source that is not set up; those that are: ${sources.join(', ')}. Set COMPATIBLE_${name}_BASE_URL, or correct or remove SLUICE_DEFAULT_MODEL.`,
  ]
}

function problemOf(name: SettingName, text: string, scrub: Scrubber): string {
  const { expects, fallback, remedy, secret } = aboutSetting(name)
  const shown = secret ? '***' : show(text, scrub)
  const usual = fallback === '' ? `Correct or remove it.` : `Correct it, or remove it for the default ${fallback}.`
  return `${name}=${shown} is not accepted: it must be ${expects}. ${remedy ?? usual}`
}

function configurationError(problems: readonly string[]): SluiceError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  const list = problems.map((problem) => `\n  - ${problem}`).join('')
  return new SluiceError('configuration', `The settings have ${count}; they come from the environment and the file .env:${list}`)
}

function unknownVariables(env: Environment): string[] {
  const known: ReadonlySet<string> = new Set(SETTING_NAMES)
  return Object.keys(env)
    .filter((name) => name.startsWith('SLUICE_') && !known.has(name) && !READ_ELSEWHERE.has(name))
    .map((name) => {
      const guess = nearest(name, SETTING_NAMES)
      return `${name} is not a setting and has no effect.${guess === undefined ? '' : ` Did you mean ${guess}?`}`
    })
}

interface OddPairs {
  readonly SLUICE_MAX_BODY_BYTES: number
  readonly SLUICE_MAX_PROMPT_BYTES: number
  readonly SLUICE_ALLOWED_ORIGINS: readonly string[]
  readonly SLUICE_SECRET?: Secret
}

function oddities(values: OddPairs): string[] {
  const odd: string[] = []
  if (values.SLUICE_MAX_BODY_BYTES < values.SLUICE_MAX_PROMPT_BYTES) {
    odd.push('SLUICE_MAX_BODY_BYTES is below SLUICE_MAX_PROMPT_BYTES, so the longest prompts that are allowed cannot arrive.')
  }
  if (values.SLUICE_ALLOWED_ORIGINS.length > 0 && values.SLUICE_SECRET === undefined) {
    odd.push('SLUICE_ALLOWED_ORIGINS is set without SLUICE_SECRET, so pages of those origins may do whatever the local user may.')
  }
  return odd
}
