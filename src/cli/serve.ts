/** `sluice serve`: the server, from settings to a clean end. */
import { fileURLToPath } from 'node:url'
import { defineCommand } from 'citty'
import { compose } from '../config/compose.ts'
import { loadEnvironment } from '../config/environment.ts'
import { readSettings, secretsOf } from '../config/settings.ts'
import { systemClock } from '../core/clock.ts'
import { toSluiceError } from '../core/errors.ts'
import { serve } from '../http/node-adapter.ts'
import { readPageFiles } from '../http/page-files.ts'
import { combineObservers } from '../telemetry/combine.ts'
import { createLogObserver } from '../telemetry/log-observer.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { version } from './package.ts'

/** The built page lies beside the sources and beside the compiled files alike. */
const PAGE_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url))

export const serveCommand = defineCommand({
  meta: { name: 'serve', description: 'Serve the API and the page. Settings come from the environment and a .env file; see .env.example.' },
  args: {
    port: { type: 'string', description: 'Port to listen on; beats PORT.' },
    data: { type: 'string', description: 'Data folder; beats SLUICE_DATA_DIR.' },
  },
  run: async ({ args }) => {
    try {
      await serveUntilStopped({
        ...loadEnvironment(process.cwd(), process.env),
        ...(args.port === undefined ? {} : { PORT: args.port }),
        ...(args.data === undefined ? {} : { SLUICE_DATA_DIR: args.data }),
      })
    } catch (thrown) {
      process.stderr.write(`sluice: ${toSluiceError(thrown).message}\n`)
      process.exitCode = 1
    }
  },
})

async function serveUntilStopped(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const settings = readSettings(env)
  const logger = createLogger({ level: settings.logLevel, secrets: secretsOf(settings) })
  const metrics = createMetrics()
  const observer = combineObservers(metrics.observer, createLogObserver(logger))
  for (const warning of settings.warnings) logger.warn(warning)

  const page = await readPageFiles(PAGE_FOLDER)
  const composition = compose({ settings, clock: systemClock, observer, metrics, ...(page ? { page } : {}), version })
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  const onSignal = (signal: NodeJS.Signals): void => stopped.resolve(signal)
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const { takenOver } = await composition.start()
    const server = await serve(composition.app, { host: settings.host, port: settings.port })
    try {
      if (takenOver > 0) logger.info(`Took over ${takenOver} unfinished runs`)
      process.stderr.write(
        `\n  Sluice is at ${server.url}\n  Models: ${composition.runs.models.join(', ')}\n  Data:   ${settings.store === 'memory' ? 'in memory' : settings.dataDir}\n  Access: ${settings.secret === undefined ? 'everybody on this machine, as one local user; SLUICE_SECRET asks for credentials' : 'with a credential; make one with `sluice keys create`'}\n\n`,
      )
      logger.info({ url: server.url }, 'Serving')
      const signal = await stopped.promise
      logger.info(`${signal}: draining`)
      // From here on a second signal ends the process at once, as signals do: what is in progress is durable and is taken over.
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
      const { handedOver } = await composition.stop()
      logger.info(handedOver > 0 ? `${handedOver} runs wait for the next start` : 'All runs ended')
    } finally {
      await server.close()
    }
  } finally {
    await composition.stop()
  }
}
