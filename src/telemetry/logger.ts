/** The one logger: JSON lines from which secrets are gone, whatever was given to it. */
import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger, pino } from 'pino'
import { redact } from './redact.ts'
import { createScrubber } from './secrets.ts'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const satisfies readonly LogLevel[]

export interface LoggerOptions {
  readonly level: LogLevel
  /** Where the lines go; the standard output, written at once, by default. */
  readonly destination?: DestinationStream
  /** Values that must never show, such as the keys in use. What looks like a secret never shows anyway. */
  readonly secrets?: readonly string[]
}

/**
 * A pino logger. Objects, errors and texts are redacted when they are given; each finished line is looked through once more, for what
 * came in another way.
 */
export function createLogger(options: LoggerOptions): Logger {
  const scrub = createScrubber(options.secrets)
  const settings = {
    level: options.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (object: object) => {
        const clean = redact(object, scrub)
        return typeof clean === 'object' && clean !== null ? { ...clean } : { value: clean }
      },
    },
    serializers: { err: (value: unknown) => redact(value, scrub) },
    hooks: {
      logMethod(this: Logger, args: Parameters<Logger['info']>, method: Logger['info']) {
        // Objects among the arguments are cleaned by the formatter.
        const clean = args.map((arg: unknown) => (typeof arg === 'string' ? scrub.text(arg) : arg))
        const message = clean.length === 1 ? messageOf(clean[0]) : undefined
        if (message !== undefined) clean.push(scrub.text(message))
        Reflect.apply(method, this, clean)
      },
      streamWrite: (line: string) => scrub.json(line),
    },
  }
  const logger: Logger = options.destination === undefined ? pino(settings) : pino(settings, options.destination)
  // pino hands the bindings of a child to no formatter. Children inherit this, and so do theirs.
  const child = logger.child
  logger.child = function (this: Logger, bindings: Bindings, childOptions?: ChildLoggerOptions) {
    return Reflect.apply(child, this, [redact(bindings, scrub), childOptions])
  } as typeof child
  return logger
}

/** What pino makes the message of a line that was given only an error. */
function messageOf(given: unknown): string | undefined {
  const error = typeof given === 'object' && given !== null && 'err' in given ? given.err : given
  return error instanceof Error ? error.message : undefined
}
