/** The description of the API, for programs and for people. It holds no secret, so that everybody may read it. */
import { createRoute, z } from '@hono/zod-openapi'
import type { AppDeps, Router } from '../context.ts'
import { json } from '../responses.ts'
import { type ApiDocument, describeApi } from './document.ts'
import { PAGE_STYLE, pageOf } from './page.ts'

/** How long the description may be kept, in seconds: it changes with the version of the server. */
const MAX_AGE_S = 300

const document = createRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'This description, as OpenAPI 3.1',
  responses: { 200: json('The document.', z.looseObject({ openapi: z.string() })) },
})

const page = createRoute({
  method: 'get',
  path: '/docs',
  summary: 'This description, as a page for people',
  responses: { 200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } } },
})

export function openApiRoutes(router: Router, { version = 'unknown', auth, authenticate }: AppDeps): void {
  // Made when it is first asked for: only then the router has all its routes.
  let made: ApiDocument | undefined
  const described = (): ApiDocument => {
    made ??= describeApi(router, { version, required: authenticate !== undefined || auth?.required === true })
    return made
  }
  let policy: Promise<string> | undefined
  const cacheControl = `public, max-age=${MAX_AGE_S}`

  router.openAPIRegistry.registerPath(document)
  // Past the types of responses: a JSON that was made once is sent as it is.
  router.get(document.path, () => {
    const headers = { 'content-type': 'application/json', 'cache-control': cacheControl }
    return new Response(JSON.stringify(described()), { headers })
  })

  router.openapi(page, async (c) => {
    policy ??= policyOf(PAGE_STYLE)
    c.header('cache-control', cacheControl)
    c.header('content-security-policy', await policy)
    return c.html(pageOf(described(), new URL(c.req.url).origin), 200)
  })
}

/** Nothing but this one style: no script, no font, no image, no form. */
async function policyOf(style: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)))
  const hash = btoa(String.fromCharCode(...digest))
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}
