#!/usr/bin/env node
/** The command line: `sluice serve | run | tail | keys`. */
import { defineCommand, runMain } from 'citty'
import { keysCommand } from './keys.ts'
import { description, version } from './package.ts'
import { runCommand } from './run.ts'
import { serveCommand } from './serve.ts'
import { tailCommand } from './tail.ts'

await runMain(
  defineCommand({
    meta: { name: 'sluice', version, description },
    subCommands: { serve: serveCommand, run: runCommand, tail: tailCommand, keys: keysCommand },
  }),
)
