import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { createLogger } from '../telemetry/logger.ts'
import { aboutSetting, SETTING_NAMES } from './schema.ts'
import { Secret } from './secret.ts'
import { readSettings, type Settings, secretsOf } from './settings.ts'

const problemsOf = (env: Record<string, string>): string => {
  try {
    readSettings(env)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'configuration') return error.message
    throw error
  }
  return ''
}

const DEFAULTS: Settings = {
  host: '127.0.0.1',
  port: 8080,
  allowedHosts: [],
  allowedOrigins: [],
  trustedProxies: 0,
  rateLimits: { perKey: 1_200, perAddress: 6_000 },
  dataDir: '.sluice',
  store: 'sqlite',
  synchronous: 'normal',
  logLevel: 'info',
  defaultModel: 'simulated/long',
  openai: { baseUrl: 'https://api.openai.com/v1' },
  anthropic: { baseUrl: 'https://api.anthropic.com' },
  compatible: [],
  maxBodyBytes: 2 * 1024 * 1024,
  longPollTimeoutMs: 20_000,
  limits: {
    maxPromptBytes: 1024 * 1024,
    maxConcurrentRuns: 256,
    maxQueuedRuns: 1000,
    maxRunsPerUser: 512,
    maxHistoryTokens: 32_000,
    runDeadlineMs: 3_600_000,
  },
  conversationPolicy: 'cancel',
  cancelUnreadAfterMs: 0,
  drainTimeoutMs: 10_000,
  sweepIntervalMs: 60_000,
  warnings: [],
}

describe('settings', () => {
  it('have a default each, so that an empty environment starts a server', () => {
    expect(readSettings({})).toEqual(DEFAULTS)
  })

  it('are read from their variables', () => {
    const settings = readSettings({
      HOST: '::1',
      PORT: ' 0 ',
      SLUICE_ALLOWED_HOSTS: 'Sluice.test, box.local,,',
      SLUICE_SECRET: 'sealed-sealed-sealed-sealed-sealed',
      SLUICE_ALLOWED_ORIGINS: 'https://App.example, http://box.local:3000',
      SLUICE_TRUSTED_PROXIES: '1',
      SLUICE_RATE_LIMIT_PER_KEY: '10',
      SLUICE_RATE_LIMIT_PER_ADDRESS: '0',
      SLUICE_DATA_DIR: '/data',
      SLUICE_STORE: 'memory',
      SLUICE_SYNCHRONOUS: 'full',
      SLUICE_LOG_LEVEL: 'DEBUG',
      SLUICE_DEFAULT_MODEL: 'openai/gpt-5-mini',
      OPENAI_API_KEY: 'sk-123',
      OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1/',
      ANTHROPIC_API_KEY: 'sk-ant-456',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:8090',
      COMPATIBLE_MY_BOX_BASE_URL: 'http://127.0.0.1:8000/v1',
      COMPATIBLE_MY_BOX_API_KEY: ' box-789 ',
      COMPATIBLE_MY_BOX_MODELS: 'qwen3, org/llama:8b,',
      SLUICE_MAX_BODY_BYTES: '2048',
      SLUICE_LONG_POLL_TIMEOUT_MS: '500',
      SLUICE_MAX_PROMPT_BYTES: '1',
      SLUICE_MAX_HISTORY_TOKENS: '2',
      SLUICE_MAX_CONCURRENT_RUNS: '3',
      SLUICE_MAX_QUEUED_RUNS: '4',
      SLUICE_MAX_RUNS_PER_USER: '5',
      SLUICE_RUN_DEADLINE_MS: '6000',
      SLUICE_CONVERSATION_POLICY: 'queue',
      SLUICE_CANCEL_UNREAD_AFTER_MS: '7',
      SLUICE_DRAIN_TIMEOUT_MS: '8',
      SLUICE_SWEEP_INTERVAL_MS: '9000',
    })
    expect(secretsOf(settings)).toEqual(['sealed-sealed-sealed-sealed-sealed', 'sk-123', 'sk-ant-456', 'box-789'])
    expect(settings).toEqual({
      host: '::1',
      port: 0,
      allowedHosts: ['sluice.test', 'box.local'],
      secret: settings.secret,
      allowedOrigins: ['https://app.example', 'http://box.local:3000'],
      trustedProxies: 1,
      rateLimits: { perKey: 10, perAddress: 0 },
      dataDir: '/data',
      store: 'memory',
      synchronous: 'full',
      logLevel: 'debug',
      defaultModel: 'openai/gpt-5-mini',
      openai: { apiKey: expect.any(Secret), baseUrl: 'http://127.0.0.1:11434/v1/' },
      anthropic: { apiKey: expect.any(Secret), baseUrl: 'http://127.0.0.1:8090' },
      compatible: [
        {
          name: 'my-box',
          baseUrl: 'http://127.0.0.1:8000/v1',
          apiKey: expect.any(Secret),
          models: ['qwen3', 'org/llama:8b'],
          variables: { apiKey: 'COMPATIBLE_MY_BOX_API_KEY', baseUrl: 'COMPATIBLE_MY_BOX_BASE_URL' },
        },
      ],
      maxBodyBytes: 2048,
      longPollTimeoutMs: 500,
      limits: {
        maxPromptBytes: 1,
        maxHistoryTokens: 2,
        maxConcurrentRuns: 3,
        maxQueuedRuns: 4,
        maxRunsPerUser: 5,
        runDeadlineMs: 6000,
      },
      conversationPolicy: 'queue',
      cancelUnreadAfterMs: 7,
      drainTimeoutMs: 8,
      sweepIntervalMs: 9000,
      warnings: [],
    })
  })

  it('count an empty variable as not set', () => {
    expect(readSettings(Object.fromEntries(SETTING_NAMES.map((name) => [name, ' '])))).toEqual(DEFAULTS)
  })

  it('take other defaults from the caller, and the environment wins over them', () => {
    expect(readSettings({ PORT: '1' }, { PORT: '2', SLUICE_STORE: 'memory' })).toMatchObject({ port: 1, store: 'memory' })
  })

  it('name all problems at once, each with its variable, the value seen and the remedy', () => {
    const message = problemsOf({ PORT: '80a', SLUICE_STORE: 'redis', SLUICE_SWEEP_INTERVAL_MS: '1', SLUICE_DEFAULT_MODEL: 'openai/gpt-5' })
    expect(message.split('\n')).toEqual([
      'The settings have 4 problems; they come from the environment and the file .env:',
      '  - PORT="80a" is not accepted: it must be a whole number from 0 to 65535. Correct it, or remove it for the default 8080.',
      '  - SLUICE_STORE="redis" is not accepted: it must be sqlite or memory. Correct it, or remove it for the default sqlite.',
      '  - SLUICE_SWEEP_INTERVAL_MS="1" is not accepted: it must be a whole number from 1000 to 86400000. Correct it, or remove it for the default 60000.',
      '  - SLUICE_DEFAULT_MODEL="openai/gpt-5" needs OPENAI_API_KEY, which is not set. Set it, or remove SLUICE_DEFAULT_MODEL.',
    ])
  })

  it.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', '127.evil.example', '127.1', '1270.0.0.1'])(
    'refuse to listen on %s, which is not loopback, and say how to come in from outside',
    (host) => {
      expect(problemsOf({ HOST: host })).toMatch(/HOST=.*loopback.*SSH tunnel/)
    },
  )

  it.each(['127.0.0.1', '::1', 'localhost'])('listen on %s', (host) => {
    expect(readSettings({ HOST: host })).toMatchObject({ host, allowedHosts: [] })
  })

  it.each(['0.0.0.0', '::', '192.168.1.2'])('listen on %s once there is a secret', (host) => {
    expect(readSettings({ HOST: host, SLUICE_SECRET: 's'.repeat(32) }).host).toBe(host)
    expect(problemsOf({ HOST: host, SLUICE_SECRET: 's'.repeat(31) })).toMatch(
      /^The settings have one problem.*\n.*SLUICE_SECRET=\*\*\* is not accepted: it must be at least 32/,
    )
  })

  it.each(['https://a.example/path', 'a.example', '*', 'ftp://a.example', 'null'])('refuse %s as an origin', (origin) => {
    expect(problemsOf({ SLUICE_ALLOWED_ORIGINS: origin })).toContain('SLUICE_ALLOWED_ORIGINS=')
  })

  it('let browsers name another loopback address that the server listens on', () => {
    expect(readSettings({ HOST: '127.0.0.2' }).allowedHosts).toEqual(['127.0.0.2'])
  })

  const numbers = SETTING_NAMES.filter((name) => aboutSetting(name).expects.startsWith('a whole number'))
  it.each(numbers)('%s takes the ends of its range, and nothing beyond or beside them', (name) => {
    const [min = Number.NaN, max = Number.NaN] = (aboutSetting(name).expects.match(/\d+/g) ?? []).map(Number)
    for (const value of [min, max]) expect(problemsOf({ [name]: String(value) })).toBe('')
    for (const value of [min - 1, max + 1, `${min}.5`, '1e3', '0x10', '١', `${max}0000000000000000`]) {
      expect(problemsOf({ [name]: String(value) })).toContain(`${name}=`)
    }
  })

  it.each([
    ['SLUICE_ALLOWED_HOSTS', 'https://a.example'],
    ['SLUICE_ALLOWED_HOSTS', 'a.example:80'],
    ['SLUICE_ALLOWED_HOSTS', '*'],
    ['OPENAI_BASE_URL', 'api.openai.com'],
    ['OPENAI_BASE_URL', 'ftp://api.openai.com'],
    ['OPENAI_BASE_URL', 'https://api.openai.com/v1?x=1'],
    ['SLUICE_DEFAULT_MODEL', 'gpt-5'],
    ['ANTHROPIC_BASE_URL', 'api.anthropic.com'],
    ['ANTHROPIC_API_KEY', 'a b'],
    ['SLUICE_DATA_DIR', 'a\0b'],
  ])('%s does not take %o', (name, value) => {
    expect(problemsOf({ [name]: value })).toContain(`${name}=`)
  })

  it('warn about variables that look like settings and are none, with the name that was probably meant', () => {
    const settings = readSettings({
      SLUICE_DATADIR: 'x',
      SLUICE_CONCURRENT_RUNS: '1',
      SLUICE_TELEPATHY: '1',
      SLUICE_URL: 'http://localhost',
      OTHER: 'x',
    })
    expect(settings.warnings).toEqual([
      'SLUICE_DATADIR is not a setting and has no effect. Did you mean SLUICE_DATA_DIR?',
      'SLUICE_CONCURRENT_RUNS is not a setting and has no effect. Did you mean SLUICE_MAX_CONCURRENT_RUNS?',
      'SLUICE_TELEPATHY is not a setting and has no effect.',
    ])
  })

  it('warn when pages of other origins would be the local user', () => {
    const origins = { SLUICE_ALLOWED_ORIGINS: 'https://app.example' }
    expect(readSettings(origins).warnings).toEqual([expect.stringMatching(/ALLOWED_ORIGINS is set without SLUICE_SECRET/)])
    expect(readSettings({ ...origins, SLUICE_SECRET: 's'.repeat(32) }).warnings).toEqual([])
  })

  it('warn when the longest prompt could not arrive', () => {
    expect(readSettings({ SLUICE_MAX_BODY_BYTES: '2000' }).warnings).toEqual([expect.stringContaining('SLUICE_MAX_PROMPT_BYTES')])
  })

  it.each([
    ['openai/gpt-5', { OPENAI_API_KEY: 'k' }],
    ['openai-chat/gpt-5', { OPENAI_API_KEY: 'k' }],
    ['anthropic/claude', { ANTHROPIC_API_KEY: 'k' }],
    ['ollama/org/qwen3', { COMPATIBLE_OLLAMA_BASE_URL: 'http://127.0.0.1:11434/v1' }],
    ['simulated/echo', {}],
  ])('take %s as the default model when its source is set up', (model, env) => {
    expect(readSettings({ SLUICE_DEFAULT_MODEL: model, ...env }).defaultModel).toBe(model)
  })

  it.each([
    ['openai-chat/gpt-5', /needs OPENAI_API_KEY/],
    ['anthropic/claude', /needs ANTHROPIC_API_KEY/],
    ['my-box/qwen3', /not set up; those that are: simulated, anthropic2\. Set COMPATIBLE_MY_BOX_BASE_URL/],
    ['constructor/x', /not set up/],
  ])('refuse the default model %s when its source will not be there', (model, said) => {
    const env = { SLUICE_DEFAULT_MODEL: model, COMPATIBLE_ANTHROPIC2_BASE_URL: 'http://127.0.0.1/v1' }
    expect(problemsOf(env)).toMatch(said)
  })

  it('a key alone does not change the default model', () => {
    expect(readSettings({ OPENAI_API_KEY: 'sk-123' }).defaultModel).toBe('simulated/long')
  })
})

describe('a secret among the settings', () => {
  const key = fc
    .string({ unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyz0123456789'), minLength: 20, maxLength: 40 })
    .map((text) => `sk-${text}`)

  const names = [...SETTING_NAMES, ...['BASE_URL', 'API_KEY', 'MODELS', 'APIKEY'].map((suffix) => `COMPATIBLE_BOX_${suffix}`)]

  it('never shows in a problem, whatever is wrong with it and wherever it was pasted', () => {
    fc.assert(
      fc.property(key, fc.constantFrom(...names), fc.constantFrom('', ' x', '\n', '?k=', 'é'), (secret, name, spoil) => {
        expect(problemsOf({ [name]: `${spoil}${secret}${spoil}`, PORT: `x${secret}` })).not.toContain(secret)
        for (const one of ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'COMPATIBLE_A_API_KEY']) {
          expect(problemsOf({ [one]: secret, [name]: `${secret}${spoil}`, PORT: 'x' })).not.toContain(secret)
        }
        expect(problemsOf({ SLUICE_DEFAULT_MODEL: `${secret.slice(0, 32)}/x` }).toLowerCase()).not.toContain(secret.slice(3, 20))
      }),
    )
  })

  it('does not show in a problem when it is too short to look like one', () => {
    expect(problemsOf({ OPENAI_API_KEY: 'a b' })).toContain('OPENAI_API_KEY=*** is not accepted')
  })

  it('of an endpoint does not show where it was pasted, also when it looks like none', () => {
    const message = problemsOf({
      COMPATIBLE_BOX_APIKEY: 'plain-secret-value',
      PORT: 'plain-secret-value',
      HOST: 'another-secret',
      COMPATIBLE_A_API_KEY: 'another-secret',
    })
    expect(message).toContain('COMPATIBLE_BOX_APIKEY')
    expect(message).not.toMatch(/plain-secret|another-secret/)
  })

  it('shows as *** however it is printed', () => {
    const { openai } = readSettings({ OPENAI_API_KEY: 'plain-secret-value' })
    const lines: string[] = []
    createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } }).info({ openai, list: [openai.apiKey] })
    const shown = [`${openai.apiKey}`, JSON.stringify(openai), inspect(openai, { showHidden: true, depth: 9 }), ...lines]
    expect(shown).toHaveLength(4)
    for (const text of shown) {
      expect(text).toContain('***')
      expect(text).not.toContain('plain-secret-value')
    }
  })
})
