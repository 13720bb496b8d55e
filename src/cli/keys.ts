/** `sluice keys`: the API keys of a running server. The secret stays here: what travels is a pass of a minute that is signed with it. */
import { defineCommand } from 'citty'
import { z } from 'zod'
import { loadEnvironment } from '../config/environment.ts'
import { SluiceError } from '../core/errors.ts'
import { createSigner } from '../http/auth/signing.ts'
import { type Session, usageError, withSession } from './session.ts'

/** Life of the pass, in milliseconds. */
const PASS_MS = 60_000
/** How long the server may take to answer, in milliseconds. */
const TIMEOUT_MS = 30_000

const KEY = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  user: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().optional(),
  revokedAt: z.string().optional(),
  lastUsedAt: z.string().optional(),
})
const CREATED = KEY.extend({ key: z.string() })
const LIST = z.object({ items: z.array(KEY) })
const PROBLEM = z.object({ detail: z.string() })

export interface KeysSession extends Omit<Session, 'client'> {
  /** Where the server is. */
  readonly url: string
  /** The server's own secret; absent for a server that has none. */
  readonly secret?: string
}

/** Asks the server as its operator. @throws {SluiceError} what the server refused, in its own words. */
async function ask<T extends z.ZodType>(session: KeysSession, method: string, path: string, shape: T, body?: unknown): Promise<z.infer<T>> {
  const response = await fetch(`${session.url.replace(/\/+$/, '')}${path}`, {
    method,
    headers: {
      ...(session.secret === undefined ? {} : { authorization: `Bearer ${await pass(session.secret)}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any([session.interrupt, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw refusal(response.status, PROBLEM.safeParse(answer).data?.detail, session)
  const result = shape.safeParse(answer)
  if (result.success) return result.data
  throw new SluiceError('server', `What answers at ${session.url} is not a Sluice server of this release. Correct --url or SLUICE_URL.`)
}

function pass(secret: string): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000) * 1000
  return createSigner(secret).sign('operator', { subject: 'operator', issuedAt, expiresAt: issuedAt + PASS_MS })
}

function refusal(status: number, detail: string | undefined, { secret, url }: KeysSession): SluiceError {
  if (status !== 401) return new SluiceError('forbidden', `The server refused: ${detail ?? `status ${status}`}`)
  const remedy =
    secret === undefined
      ? 'Set SLUICE_SECRET here to the same value as there.'
      : 'SLUICE_SECRET differs from the one there, or the clocks do.'
  return new SluiceError('forbidden', `The server at ${url} does not know this caller as its operator. ${remedy}`)
}

export interface NewKey {
  readonly name: string
  readonly user?: string
  readonly tenant?: string
  readonly scopes?: readonly string[]
  readonly expiresInDays?: number
}

/** Makes a key and prints it: alone on standard output, so that it can be piped. */
async function createKey(session: KeysSession, request: NewKey): Promise<number> {
  const key = await ask(session, 'POST', '/v1/keys', CREATED, request)
  const until = key.expiresAt === undefined ? 'until it is revoked' : `until ${key.expiresAt}`
  await session.stderr.write(
    `Key ${key.id} (${key.name}) acts as user ${key.user} of tenant ${key.tenant}, may ${key.scopes.join(', ')}, and lives ${until}.\nIt is shown this once:\n`,
  )
  await session.stdout.write(`${key.key}\n`)
  return 0
}

async function listKeys(session: KeysSession): Promise<number> {
  const { items } = await ask(session, 'GET', '/v1/keys', LIST)
  const rows = items.map((key) => [
    key.id,
    key.name,
    `${key.tenant}/${key.user}`,
    key.scopes.join(','),
    stateOf(key),
    key.lastUsedAt ?? 'never',
  ])
  const table = [['ID', 'NAME', 'TENANT/USER', 'SCOPES', 'STATE', 'LAST USED'], ...rows]
  for (const row of table) {
    const cells = row.map((cell, column) => cell.padEnd(Math.max(...table.map((other) => other[column]?.length ?? 0))))
    await session.stdout.write(`${cells.join('  ').trimEnd()}\n`)
  }
  return 0
}

function stateOf({ revokedAt, expiresAt }: z.infer<typeof KEY>): string {
  if (revokedAt !== undefined) return `revoked ${revokedAt}`
  if (expiresAt === undefined) return 'in force'
  return Date.parse(expiresAt) <= Date.now() ? `expired ${expiresAt}` : `until ${expiresAt}`
}

async function revokeKey(session: KeysSession, id: string): Promise<number> {
  const key = await ask(session, 'DELETE', `/v1/keys/${encodeURIComponent(id)}`, KEY)
  await session.stderr.write(`Key ${key.id} (${key.name}) is revoked, and with it its sessions, tokens and links.\n`)
  return 0
}

const url = { type: 'string', valueHint: 'url', description: 'Address of the server; SLUICE_URL otherwise' } as const

async function withKeys(address: string | undefined, command: (session: KeysSession) => Promise<number>): Promise<void> {
  const secret = loadEnvironment(process.cwd(), process.env)['SLUICE_SECRET']?.trim()
  process.exitCode = await withSession(process, address, (session, at) => command({ ...session, url: at, ...(secret ? { secret } : {}) }))
}

export const keysCommand = defineCommand({
  meta: { name: 'keys', description: 'Make, list and revoke the API keys of a running server. Needs its SLUICE_SECRET, where it has one.' },
  subCommands: {
    create: defineCommand({
      meta: { name: 'create', description: 'Make a key, and print it this once' },
      args: {
        name: { type: 'string', required: true, description: 'What it is for' },
        user: {
          type: 'string',
          description: 'Whose runs its holder sees; its name otherwise. `local` has the runs from before there was a secret',
        },
        tenant: { type: 'string', description: 'The tenant of that user; `local` otherwise' },
        scopes: { type: 'string', description: 'Some of read,write,operator or *; read,write otherwise' },
        expires: { type: 'string', valueHint: 'days', description: 'Days that it lives; until it is revoked otherwise' },
        url,
      },
      run: ({ args }) =>
        withKeys(args.url, (session) =>
          createKey(session, {
            name: args.name,
            ...(args.user === undefined ? {} : { user: args.user }),
            ...(args.tenant === undefined ? {} : { tenant: args.tenant }),
            ...(args.scopes === undefined ? {} : { scopes: args.scopes.split(',').flatMap((scope) => scope.trim() || []) }),
            ...(args.expires === undefined ? {} : { expiresInDays: days(args.expires) }),
          }),
        ),
    }),
    list: defineCommand({
      meta: { name: 'list', description: 'List all keys' },
      args: { url },
      run: ({ args }) => withKeys(args.url, listKeys),
    }),
    revoke: defineCommand({
      meta: { name: 'revoke', description: 'End a key, and with it its sessions, tokens and links' },
      args: { id: { type: 'positional', required: true, description: 'Id of the key: the digits after sl_' }, url },
      run: ({ args }) => withKeys(args.url, (session) => revokeKey(session, args.id)),
    }),
  },
})

function days(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text)
  throw usageError(`--expires is ${JSON.stringify(text)}, which is not a number of days.`)
}
