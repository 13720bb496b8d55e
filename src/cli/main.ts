#!/usr/bin/env node
/** The command line: `sluice serve | run | tail | keys`. */
import { readFileSync } from 'node:fs'
import { defineCommand, runMain } from 'citty'
import { keysCommand } from './keys.ts'
import { runCommand } from './run.ts'
import { serveCommand } from './serve.ts'
import { tailCommand } from './tail.ts'

// The same path from the sources and from the compiled files.
const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
  description: string
}

await runMain(
  defineCommand({
    meta: { name: 'sluice', version, description },
    subCommands: { serve: serveCommand, run: runCommand, tail: tailCommand, keys: keysCommand },
  }),
)
