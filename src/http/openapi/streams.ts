/** The operations of the Durable Streams protocol for the document: one route takes them all, so no route definition says what they are. */
import { type RouteConfig, z } from '@hono/zod-openapi'
import * as header from '../durable-streams/headers.ts'
import { PREFIX } from '../durable-streams/place.ts'
import { refusals, refused } from '../responses.ts'

export type Described = Omit<RouteConfig, 'path'> & { readonly path: string }

function said(description: string) {
  return z.string().openapi({ description })
}
function maybe(description: string) {
  return said(description).optional()
}

const path = z.object({
  path: said('Name of the stream: segments with `/` between them, percent-encoded where a URL needs it. `runs/<run id>` is a run.'),
})

const next = { [header.NEXT_OFFSET]: said('Position after what was sent or written.') }
const closed = { [header.CLOSED]: maybe('`true`: nothing follows for good.') }
const state = z.object({ ...next, ...closed })
const producer = {
  'producer-id': maybe('Who writes, for idempotence; all three or none.'),
  [header.PRODUCER_EPOCH]: maybe('Raised by a producer that begins anew; whole number from 0.'),
  [header.PRODUCER_SEQ]: maybe('Counts the requests of one epoch from 0.'),
}
const anyBody = { '*/*': { schema: z.string() } }
const shown = { 'application/json': { schema: z.array(z.unknown()) }, 'text/event-stream': { schema: z.string() }, ...anyBody }
const conflict = { 409: refused('It is not as the request says, or closed; the headers tell more.') }
const tooLarge = { 413: refused('The body is too large.') }

export const STREAM_OPERATIONS: readonly Described[] = [
  {
    method: 'put',
    path: `${PREFIX}{path}`,
    summary: 'Makes a stream; may be repeated in the same way',
    request: {
      params: path,
      headers: z.object({
        'content-type': maybe('Of the whole stream. With application/json each element of an array is one message.'),
        [header.TTL]: maybe('Seconds after the last read or write at which the stream goes away.'),
        [header.EXPIRES_AT]: maybe('When it goes away, in RFC 3339.'),
        [header.CLOSED]: maybe('`true`: the stream is made closed.'),
        'stream-forked-from': maybe('Address of the stream that this one begins with.'),
        [header.FORK_OFFSET]: maybe('Up to where; the end by default.'),
        [header.FORK_SUB_OFFSET]: maybe('So many messages or bytes further.'),
      }),
      body: { content: anyBody },
    },
    responses: {
      201: { description: 'It is made.', headers: z.object({ ...next, ...closed, location: said('Its address.') }) },
      200: { description: 'It was there, made in the same way.', headers: state },
      ...refusals.invalid,
      ...refusals.unknown,
      ...conflict,
      ...refusals.gone,
      ...tooLarge,
    },
  },
  {
    method: 'post',
    path: `${PREFIX}{path}`,
    summary: 'Appends to a stream, or closes it',
    request: {
      params: path,
      headers: z.object({
        'content-type': maybe('That of the stream.'),
        [header.CLOSED]: maybe('`true`: closes the stream, after the body if there is one.'),
        [header.SEQ]: maybe('Must be greater, byte by byte, than all earlier ones.'),
        ...producer,
      }),
      body: { content: anyBody },
    },
    responses: {
      204: { description: 'It is written, or was before.', headers: state },
      200: {
        description: 'A producer wrote something new.',
        headers: z.object({
          ...next,
          [header.PRODUCER_EPOCH]: said('Its epoch.'),
          [header.PRODUCER_SEQ]: said('The last that is written.'),
        }),
      },
      ...refusals.invalid,
      ...refusals.unknown,
      ...conflict,
      ...refusals.gone,
      ...tooLarge,
    },
  },
  {
    method: 'get',
    path: `${PREFIX}{path}`,
    summary: 'What a stream holds after a position; waits for more when asked to',
    request: {
      params: path,
      query: z.object({
        offset: maybe('Position: `-1` the beginning, `now` the end, or what a response called Stream-Next-Offset.'),
        live: z.enum(['long-poll', 'sse']).optional().openapi({ description: 'How to wait; needs an offset.' }),
        cursor: maybe('What the last response called Stream-Cursor.'),
      }),
      headers: z.object({
        'if-none-match': maybe('ETag of an earlier response.'),
        'last-event-id': maybe('With live=sse, beats the offset.'),
      }),
    },
    responses: {
      200: {
        description: 'The content, in the type of the stream; as an array when that is JSON.',
        headers: z.object({
          [header.NEXT_OFFSET]: maybe('Where to go on; not with server-sent events.'),
          [header.UP_TO_DATE]: maybe('`true`: there is no more yet.'),
          [header.CURSOR]: maybe('Send it with the next long poll.'),
          ...closed,
        }),
        content: shown,
      },
      204: { description: 'Nothing came in time, or the stream is closed and the reader has everything.', headers: state },
      304: { description: 'The same as before.' },
      ...refusals.invalid,
      ...refusals.unknown,
      ...refusals.gone,
    },
  },
  {
    method: 'head',
    path: `${PREFIX}{path}`,
    summary: 'Where a stream ends, its type and its expiry',
    request: { params: path },
    responses: {
      200: {
        description: 'It is there.',
        headers: z.object({ ...next, ...closed, [header.TTL]: maybe('Seconds.'), [header.EXPIRES_AT]: maybe('RFC 3339.') }),
      },
      ...refusals.unknown,
      ...refusals.gone,
    },
  },
  {
    method: 'delete',
    path: `${PREFIX}{path}`,
    summary: 'Removes a stream',
    request: { params: path },
    responses: { 204: { description: 'It is gone.' }, ...refusals.unknown, ...refusals.gone },
  },
]
