import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../core/errors.ts'
import { createLogger, LOG_LEVELS, type LoggerOptions } from './logger.ts'
import { MAX_DEPTH, MAX_ENTRIES, MAX_TEXT_CHARACTERS } from './redact.ts'

function createLog(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const logger = createLogger({ level: 'trace', destination: { write: (line) => lines.push(line) }, ...options })
  return { logger, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') }
}

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const tail = fc.string({ unit: fc.constantFrom(...characters), minLength: 20, maxLength: 60 })
/** What looks like a secret, whatever stands around it. */
const shaped = fc.oneof(
  tail.map((text) => `sk-${text}`),
  tail.map((text) => `sk-ant-${text}`),
  fc.tuple(fc.constantFrom('b', 'p', 'a', 'e'), tail).map(([kind, text]) => `xox${kind}-${text}`),
)
const around = fc.string({ unit: 'binary', maxLength: 40 })

/** All ways by which a value comes into the log. */
const WAYS: Readonly<Record<string, (log: ReturnType<typeof createLog>['logger'], text: string) => void>> = {
  'as the message': (log, text) => log.info(text),
  'as a value to be put into the message': (log, text) => log.info('a %s b', text),
  'in an object': (log, text) => log.info({ detail: text }, 'x'),
  'as the name of a field': (log, text) => log.info({ [text]: 1 }, 'x'),
  'deep in objects, arrays, maps and sets': (log, text) => log.info({ a: [{ b: new Map([['c', new Set([text])]]) }] }),
  'in the message of an error': (log, text) => log.error(new Error(text)),
  'in an error next to a message': (log, text) => log.error({ err: new Error(text) }, 'x'),
  'in the cause of a cause': (log, text) =>
    log.error({ err: new SluiceError('auth', 'x', { cause: new Error('y', { cause: new Error(text) }) }) }),
  'in a cause that is no error': (log, text) => log.error({ err: new Error('x', { cause: { response: { body: text } } }) }),
  'in one of many errors': (log, text) => log.error({ err: new AggregateError([new Error(text)], 'x') }),
  'in the name of an error': (log, text) => log.error({ err: Object.assign(new Error('x'), { name: text }) }),
  'in the code of an error': (log, text) => log.error({ err: Object.assign(new Error('x'), { code: text }) }),
  'in the stack of an error': (log, text) => log.error({ err: Object.assign(new Error('x'), { stack: `Error: ${text}\n at y` }) }),
  'by toJSON': (log, text) => log.info({ value: { toJSON: () => ({ text }) } }),
  'by a getter that throws it': (log, text) =>
    log.info({
      value: {
        get detail() {
          throw new Error(text)
        },
      },
    }),
  'in the bindings of a child': (log, text) => log.child({ detail: text, more: { deep: text } }).info('x'),
}

describe('the logger', () => {
  it.each(Object.entries(WAYS))('never shows what looks like a key: %s', (_way, write) => {
    fc.assert(
      fc.property(shaped, around, around, (secret, before, after) => {
        const { logger, lines, last } = createLog()
        write(logger, `${before} ${secret} ${after}`)
        write(logger, `${before}${secret} ${after}`)
        expect(lines).toHaveLength(2)
        expect(lines.join('')).not.toContain(secret)
        expect(last()).toMatchObject({ level: expect.any(String) })
      }),
      { numRuns: 40 },
    )
  })

  it.each(Object.entries(WAYS))('never shows a secret that it was told of: %s', (_way, write) => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 }), (secret) => {
        fc.pre(!/^(.)\1*$/.test(secret) && secret.trim() === secret)
        const { logger, lines, last } = createLog({ secrets: [secret] })
        write(logger, `before ${secret} after`)
        expect(JSON.stringify(last())).not.toContain(JSON.stringify(secret).slice(1, -1))
        expect(lines.join('')).toContain('***')
      }),
      { numRuns: 40 },
    )
  })

  it.each(
    [
      'authorization',
      'Proxy-Authorization',
      'cookie',
      'Set-Cookie',
      'x-api-key',
      'apiKey',
      'api_key',
      'OPENAI_API_KEY',
      'access_token',
      'token',
      'client-secret',
      'password',
    ].flatMap(
      (name) =>
        [
          [`${name} as a field`, { [name]: 'p!ain "quoted" tail9' }],
          [`${name} as a number`, { [name]: 90_909_090 }],
          [`${name} in a list of headers`, { headers: new Headers(/cookie/i.test(name) ? {} : { [name]: 'p!ain tail9' }) }],
          [`${name} as a line of text`, { detail: `sent\n${name}: p!ain\nrest` }],
          [`${name} as an assignment`, new Error(`failed with ${name}=p!ain`)],
          [`${name} in JSON in text`, new Error(`the body was {"${name}":"p!ain tail9"}`)],
          [`${name} in an escaped body`, new Error(`the body was {\\"${name}\\":\\"p!ain\\"}`)],
        ] as const,
    ),
  )('never shows the value of %s', (_name, value) => {
    const { logger, lines, last } = createLog()
    logger.warn(value)
    logger.child({ deep: value }).warn('x')
    last()
    for (const line of lines) for (const part of ['p!ain', 'tail9', '90909090']) expect(line).not.toContain(part)
  })

  it('never shows any part of a cookie, nor a bearer token, nor the user of a URL', () => {
    const { logger, lines } = createLog()
    logger.info('Cookie: a=11111; b="22222"; c=33333')
    logger.info('Authorization was Bearer abc.def~ghi/jkl+mno=')
    logger.info({ url: new URL('https://user:pass11@host.example/v1') })
    logger.child({ header: 'Bearer abc.def' }).info('x')
    expect(lines.join('')).not.toMatch(/11111|22222|33333|abc|ghi|mno|user|pass11/)
  })

  it('shows what is no secret as it is', () => {
    const { logger, last } = createLog()
    const facts = {
      runId: 'run_1',
      outputTokens: 12,
      token_count: 3,
      note: 'the disk-full task asks: a basic token bucket',
      list: [1, null, true],
    }
    logger.info(facts, 'Run ended: completed')
    expect(last()).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), ...facts, msg: 'Run ended: completed' })
  })

  it('shows an error with its code, stack and causes, and nothing else that hangs on it', () => {
    const { logger, last } = createLog()
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET', request: { everything: true } })
    logger.error({ runId: 'r', err: new SluiceError('connection', 'It broke.', { cause, retryAfterMs: 5 }) }, 'x')
    expect(last()).toMatchObject({
      runId: 'r',
      err: {
        type: 'SluiceError',
        message: 'It broke.',
        code: 'connection',
        retryable: true,
        retryAfterMs: 5,
        stack: expect.stringContaining('logger.test.ts'),
        cause: { message: 'reset', code: 'ECONNRESET' },
      },
    })
    expect(JSON.stringify(last())).not.toContain('everything')
  })

  it('ends with a line for any value, however deep, wide, long or circular', () => {
    const { logger, lines, last } = createLog()
    const circular: Record<string, unknown> = { name: 'loop' }
    circular['self'] = circular
    const chain = Array.from({ length: 500 }).reduce<Error>((cause, _, index) => new Error(`level ${index}`, { cause }), new Error('root'))
    logger.info({ circular, wide: Array.from({ length: 10_000 }, () => 'x'), long: 'y'.repeat(1_000_000) })
    expect((last()['wide'] as unknown[]).length).toBe(MAX_ENTRIES)
    expect((last()['long'] as string).length).toBeLessThanOrEqual(MAX_TEXT_CHARACTERS + 1)
    logger.error(chain)
    expect(lines.at(-1)?.match(/"cause":/g)?.length).toBeLessThanOrEqual(MAX_DEPTH)
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }), (value) => {
        logger.info({ value })
        last()
      }),
    )
  })

  it.each(LOG_LEVELS.filter((level) => level !== 'silent'))('writes level %s by its name', (level) => {
    const { logger, last } = createLog()
    logger[level]('x')
    expect(last()['level']).toBe(level)
  })

  it('takes no long time over a text that looks almost like a secret', () => {
    const { logger } = createLog()
    const started = performance.now()
    for (const piece of ['sk-', 'token', 'Bearer ', '"token":', 'authorization ', '://a', 'eyJaaaaaaaa.', '1234567890']) {
      logger.info({ text: piece.repeat(8192) }, piece.repeat(2000))
    }
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
