/** Reads the built page into memory, once: a few files that every visitor needs, and no path of a request ever reaches the file system. */
import { createHash } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { SluiceError } from '../core/errors.ts'
import type { PageAsset, PageAssets } from './page.ts'

/** Bytes of all files together; a build that is larger is a mistake. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

/**
 * The built page in `folder`; `undefined` when nothing is built there.
 * @throws {SluiceError} `configuration` when the files are too large to be a page.
 */
export async function readPageFiles(folder: string): Promise<PageAssets | undefined> {
  const files = new Map<string, PageAsset>()
  let total = 0
  for (const path of await listFiles(folder)) {
    const body = new Uint8Array(await fs.readFile(path))
    total += body.byteLength
    if (total > MAX_PAGE_BYTES)
      throw new SluiceError('configuration', `The page in ${folder} is larger than ${MAX_PAGE_BYTES} bytes. Build it again.`)
    const name = relative(folder, path).split(sep).join('/')
    files.set(name, {
      body,
      contentType: TYPES[extname(path)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      // Vite puts what carries a hash in its name, and only that, under assets/.
      immutable: name.startsWith('assets/'),
    })
  }
  return files.has('index.html') ? { get: (path) => files.get(path) } : undefined
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
