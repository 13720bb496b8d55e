/** Every setting, once: what it means, what it may be, and what it is by default. README's table and `.env.example` are made from this. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { LOG_LEVELS } from '../telemetry/logger.ts'
import { Secret } from './secret.ts'

export interface About {
  /** What it does, for people; one or two sentences. */
  readonly description: string
  /** What values are right, as the end of "It must be …". */
  readonly expects: string
  /** Value that is used when there is none, as text. Absent: the setting is then not set. */
  readonly fallback?: string
  /** What to do about a wrong value, where naming the default is not enough. */
  readonly remedy?: string
  /** Its value never shows. */
  readonly secret?: true
}

/** What is written down about each member of the schema. */
const ABOUT = z.registry<About>()

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function whole(min: number, max: number, fallback: number, description: string) {
  return z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max)
    .transform(Number)
    .register(ABOUT, { description, expects: `a whole number from ${min} to ${max}`, fallback: String(fallback) })
}

function oneOf<const T extends string>(values: readonly T[], fallback: NoInfer<T>, description: string) {
  const expects = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
  return z.string().toLowerCase().pipe(z.enum(values)).register(ABOUT, { description, expects, fallback })
}

/** Whether a server that listens there is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Whether requests can be sent there; a query goes with each of them. */
export function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false
  return url.username === '' && url.password === '' && url.hash === ''
}

function isBaseUrl(text: string): boolean {
  return isHttpUrl(text) && new URL(text).search === ''
}

/** Whether a text can be sent as a key. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

function key(description: string) {
  return z
    .exactOptional(
      z
        .string()
        .refine(isKey)
        .transform((text) => new Secret(text)),
    )
    .register(ABOUT, {
      description,
      expects: 'a key without spaces and line breaks',
      remedy: 'Copy the key anew, or remove it to work without this source.',
      secret: true,
    })
}

function baseUrl(fallback: string, description: string) {
  return z
    .string()
    .refine(isBaseUrl)
    .register(ABOUT, { description, expects: 'an http or https URL without user, password, query and fragment', fallback })
}

/** 256 random bits as base64 are 44 characters, as hexadecimal digits 64. */
const MIN_SECRET_CHARACTERS = 32

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

export const SCHEMA = z.object({
  HOST: z
    .string()
    .refine((host) => host === 'localhost' || isIP(host) !== 0)
    .register(ABOUT, {
      description:
        'Address to listen on. Beyond this machine (0.0.0.0 or :: for all its addresses) only with SLUICE_SECRET, so that callers prove who they are.',
      expects: 'an IP address or localhost; without SLUICE_SECRET a loopback one: 127.0.0.1, ::1 or localhost',
      fallback: '127.0.0.1',
      remedy:
        'Remove it, or set HOST=127.0.0.1; from another machine, come through an SSH tunnel (ssh -L 8080:127.0.0.1:8080 <this machine>), or set SLUICE_SECRET.',
    }),
  PORT: whole(0, 65_535, 8080, 'Port to listen on; 0 takes any that is free.'),
  SLUICE_ALLOWED_HOSTS: z
    .string()
    .toLowerCase()
    .transform((text) => text.split(',').flatMap((name) => name.trim() || []))
    .refine((names) => names.every((name) => HOST_NAME.test(name)))
    .register(ABOUT, {
      description: 'Further host names, besides the loopback ones, under which browsers may call this server.',
      expects: 'host names without scheme and port, separated by commas',
      fallback: '',
    }),
  SLUICE_SECRET: z
    .exactOptional(
      z
        .string()
        .refine((text) => isKey(text) && text.length >= MIN_SECRET_CHARACTERS)
        .transform((text) => new Secret(text)),
    )
    .register(ABOUT, {
      description:
        'With it every caller needs a credential (make one with `sluice keys create`), and the server may listen beyond this machine. Tokens are signed with keys made from it, so a new one ends them all.',
      expects: `at least ${MIN_SECRET_CHARACTERS} characters without spaces`,
      remedy: 'Make one with: openssl rand -base64 32',
      secret: true,
    }),
  SLUICE_ALLOWED_ORIGINS: z
    .string()
    .toLowerCase()
    .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
    .refine((origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin && isHttpUrl(origin)))
    .register(ABOUT, {
      description: 'Origins of other sites whose pages may call this server, with keys or tokens of their own (CORS).',
      expects: 'origins such as https://app.example, without a path, separated by commas',
      fallback: '',
    }),
  SLUICE_TRUSTED_PROXIES: whole(
    0,
    10,
    0,
    'Proxies of yours before this server, each of which adds to X-Forwarded-For; only with them that header is believed.',
  ),
  SLUICE_RATE_LIMIT_PER_KEY: whole(0, 1_000_000, 1_200, 'Requests in a minute with one key or token; 0 is no limit. A stream counts once.'),
  SLUICE_RATE_LIMIT_PER_ADDRESS: whole(
    0,
    1_000_000,
    6_000,
    'Requests in a minute from one address, where SLUICE_SECRET is set; 0 is no limit. A stream counts once.',
  ),
  SLUICE_DATA_DIR: z
    .string()
    .refine((path) => !path.includes('\0'))
    .register(ABOUT, {
      description: 'Folder for everything that is kept, relative to the working directory. One server at a time uses it.',
      expects: 'the path of a folder',
      fallback: '.sluice',
    }),
  SLUICE_STORE: oneOf(['sqlite', 'memory'], 'sqlite', 'Where streams and runs are kept; `memory` forgets them when the server stops.'),
  SLUICE_SYNCHRONOUS: oneOf(
    ['normal', 'full'],
    'normal',
    'What a commit survives: `normal` every crash of the server, `full` also a loss of power, for one disk flush per commit.',
  ),
  SLUICE_LOG_LEVEL: oneOf(LOG_LEVELS, 'info', 'Least serious lines that are logged.'),
  SLUICE_DEFAULT_MODEL: z
    .string()
    .regex(/^[a-z0-9-]{1,32}\/[\x21-\x7e]{1,200}$/)
    .register(ABOUT, {
      description:
        'Model of runs that name none. It stays the simulated one also when a key is set: a key alone must not start to cost money.',
      expects: '<source>/<model>, such as simulated/long or openai/gpt-5-mini',
      fallback: 'simulated/long',
    }),
  OPENAI_API_KEY: key(
    'Key for the models of the sources `openai` (the Responses API) and `openai-chat` (Chat Completions); without it they are not offered.',
  ),
  OPENAI_BASE_URL: baseUrl('https://api.openai.com/v1', 'Where the API of OpenAI, or one that speaks its Responses API, is found.'),
  ANTHROPIC_API_KEY: key('Key for the models of the source `anthropic`; without it they are not offered.'),
  ANTHROPIC_BASE_URL: baseUrl('https://api.anthropic.com', 'Where the API of Anthropic, or one that speaks its Messages API, is found.'),
  SLUICE_LONG_POLL_TIMEOUT_MS: whole(
    100,
    10 * MINUTE_MS,
    20_000,
    'How long a long poll of a stream waits for news, in milliseconds; proxies on the way must wait longer.',
  ),
  SLUICE_MAX_BODY_BYTES: whole(KIB, 128 * MIB, 2 * MIB, 'Bytes of the body of a request.'),
  SLUICE_MAX_PROMPT_BYTES: whole(1, 64 * MIB, MIB, 'Bytes of all message contents of a request, as UTF-8.'),
  SLUICE_MAX_HISTORY_TOKENS: whole(
    0,
    10_000_000,
    32_000,
    'Tokens of earlier messages of a conversation that go into a prompt, newest first.',
  ),
  SLUICE_MAX_CONCURRENT_RUNS: whole(1, 10_000, 256, 'Runs that are worked on at once; further ones wait.'),
  SLUICE_MAX_QUEUED_RUNS: whole(0, 100_000, 1000, 'Runs that may wait; further ones are refused.'),
  SLUICE_MAX_RUNS_PER_USER: whole(1, 100_000, 512, 'Runs of one user that wait or are worked on; further ones are refused.'),
  SLUICE_RUN_DEADLINE_MS: whole(SECOND_MS, 7 * DAY_MS, HOUR_MS, 'How long one run may take, in milliseconds.'),
  SLUICE_CONVERSATION_POLICY: oneOf(
    ['cancel', 'queue'],
    'cancel',
    'A new question while the last answer is still being written: `cancel` stops that answer, `queue` waits for it.',
  ),
  SLUICE_CANCEL_UNREAD_AFTER_MS: whole(0, DAY_MS, 0, 'Cancels a run that nobody has read for so many milliseconds; 0 never does.'),
  SLUICE_DRAIN_TIMEOUT_MS: whole(
    0,
    10 * 60 * SECOND_MS,
    10 * SECOND_MS,
    'How long a stopping server waits for its runs, in milliseconds; the next one goes on with the rest.',
  ),
  SLUICE_SWEEP_INTERVAL_MS: whole(SECOND_MS, DAY_MS, 60 * SECOND_MS, 'Time between two sweeps of expired streams, in milliseconds.'),
})

export type SettingName = keyof typeof SCHEMA.shape

/** In the order in which people should meet them. */
export const SETTING_NAMES = Object.keys(SCHEMA.shape) as readonly SettingName[]

/** What is written down about a setting. */
export function aboutSetting(name: SettingName): About {
  const about = ABOUT.get(SCHEMA.shape[name])
  if (about === undefined) throw new TypeError(`Setting ${name} has no description: register one in schema.ts.`)
  return about
}
