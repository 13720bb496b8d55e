/** A Chromium without a window, for tests: whichever the machine has. */
import { existsSync } from 'node:fs'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const SYSTEM_CHROMIUM = '/usr/bin/chromium'

/** Nothing that a browser does by itself: no look-ups, updates or sign-ins, so that the only traffic is that of the page under test. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Its owner closes it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(await installed()), args: ARGS })
}

/** Linux: the system's, or the one among the dependencies, which is built for Linux. Elsewhere: the Chrome that developers have. */
async function installed(): Promise<LaunchOptions> {
  if (existsSync(SYSTEM_CHROMIUM)) return { executablePath: SYSTEM_CHROMIUM }
  if (process.platform === 'linux') return { executablePath: await sparticuz.executablePath() }
  return { channel: 'chrome' }
}
