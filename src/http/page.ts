/** The page: built files by exact path, and one document for every address that the page itself understands. */
import type { Context } from 'hono'
import type { AppEnv } from './context.ts'
import { Refusal } from './problem.ts'

/** One built file. */
export interface PageAsset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly contentType: string
  /** Quoted, as it goes into the header. */
  readonly etag: string
  /** The name holds a hash of the content, so it may be kept for ever. */
  readonly immutable: boolean
}

/** The built page, by path without a leading slash (`index.html`, `assets/index-1a2b.js`). Only exact names exist: there is nothing to traverse. */
export interface PageAssets {
  get(path: string): PageAsset | undefined
}

const INDEX = 'index.html'

/** Addresses that the page itself understands: the start, one conversation, and a watch link. */
const PAGE_PATHS = /^\/(?:c\/[\w-]{1,128}|watch\/[\w.-]{1,1024})?$/

/** Whether an address shows the page; a link on another site may lead there, since looking changes nothing. */
export function isPagePath(path: string): boolean {
  return PAGE_PATHS.test(path)
}

/**
 * What the page may do. Scripts, styles and connections are its own only, and images of other hosts are not loaded: an answer must not be
 * able to tell anybody that it was read.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sluice</title>
<h1>The server runs, the page is not built</h1>
<p><code>npm start</code> builds it and starts the server again.</p>
<p>The API works without it: <code>curl -N 'http://localhost/v1/chat/stream?message=hello'</code> with this server's port.</p>
</html>
`

/** Answers with a file of the page. @throws {Refusal} 404 when there is no such file. */
export function servePage(c: Context<AppEnv>, page: PageAssets | undefined): Response {
  const shown = isPagePath(c.req.path)
  const asset = page?.get(shown ? INDEX : c.req.path.slice(1))
  if (asset) return serveAsset(c.req.raw, asset)
  if (shown) return notBuilt()
  throw new Refusal(404, 'not-found', 'There is nothing at this address. PROTOCOL.md lists the addresses of the API.')
}

function serveAsset(request: Request, asset: PageAsset): Response {
  const headers = {
    etag: asset.etag,
    'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': PAGE_POLICY,
  }
  const known = request.headers.get('if-none-match')?.split(',') ?? []
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === asset.etag)) return new Response(null, { status: 304, headers })
  return new Response(asset.body, {
    headers: { ...headers, 'content-type': asset.contentType, 'content-length': String(asset.body.byteLength) },
  })
}

function notBuilt(): Response {
  return new Response(NOT_BUILT, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'content-security-policy': PAGE_POLICY },
  })
}
