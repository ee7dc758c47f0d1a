/**
 * `GET /stream`: the caller's events as server-sent events, as they are recorded.
 *
 * This file opens and closes streams: limits, start position and headers. `events.ts` decides what a
 * stream contains, `hub.ts` and `catch-up.ts` send it.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { Problem, validationFailed } from '../../platform/http/problems/problem.ts'
import { tooManyAtOnce } from '../../platform/http/rate-limit-fields.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { catchUp, createPageLimit } from './catch-up.ts'
import { gaveWay, ready, resumed } from './frames.ts'
import { Hub, type HubOptions } from './hub.ts'
import { Listener } from './listener.ts'
import { findLastPosition } from './queries.ts'
import { StreamLimits } from './stream-limits.ts'

export interface LiveUpdateDeps extends HubOptions {
  readonly pool: Queryable
  /** How many streams may be open at once. */
  readonly maxStreams?: number
}

/** Four fifths of the default of MAX_CONNECTIONS. A stream costs a socket and about 30 kB. */
const defaultMaxStreams = 8_000
/**
 * How many streams one user may have open: one for each device and tab, and those of clients that vanished,
 * which TCP detects after a quarter of an hour. Without a limit, one account could exclude all others.
 */
const maxPerUser = 50

const description = `Sends a frame for each event that concerns you, starting now. Its \`id\` is the event's position
in the log, and \`data\` is JSON on one line:

| \`event\` | \`data\` |
|---|---|
| \`message_sent\` | a message you sent or received, as \`GET /messages/{id}\` returns it |
| \`message_edited\` | the message after its sender edited it |
| \`message_deleted\` | the tombstone of the message its sender deleted |
| \`conversation_read\` | \`{with, by, upTo, readAt}\`: in your conversation with \`with\`, the user \`by\` (one of you two) read everything up to the message \`upTo\` |

The first frame is \`ready\`, with the current position. With \`Last-Event-ID\` there is no such frame: the stream
resumes after that position, on any server, without gaps or duplicates. Clients that cannot send the header use the
parameter \`lastEventId\`. A frame contains the message as it is when the frame is sent, which may be later than the
event. Of a deleted message, only the tombstone is ever sent. Ignore events with other names: more may be added. A comment line is sent every 15 seconds. A stream ends when its session ends, when the
server stops, or when the client reads too slowly. When a server has no room for another stream, the network or the
user with the most loses the oldest one, after a frame \`ended\` whose \`detail\` says so. Reconnect with the last \`id\`
you received. Each user can have at most ${maxPerUser} streams open per server, and each network a quarter of all.`

const idOfLastFrame = {
  description: 'The `id` of the last frame you received; the stream resumes after it',
  example: '42',
}

const schema = {
  operationId: 'followStream',
  tags: ['stream'],
  summary: 'Follow your events live',
  description,
  headers: z.looseObject({
    'last-event-id': z.string().optional().meta(idOfLastFrame),
  }),
  querystring: z.strictObject({
    lastEventId: z
      .string()
      .optional()
      .meta({
        ...idOfLastFrame,
        description: 'The same as `Last-Event-ID`, which wins if both are sent',
      }),
  }),
  response: {
    200: {
      description: 'Server-sent events, until the client or the server closes the stream',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
}

/** Adds `GET /stream`. Open streams end when the server stops. */
export function liveUpdateRoutes(app: App, deps: LiveUpdateDeps): void {
  const { pool, maxStreams = defaultMaxStreams, ...options } = deps
  const hub = new Hub(options)
  const limits = new StreamLimits(maxStreams)
  const pageLimit = createPageLimit()
  app.addHook('preClose', () => hub.close())
  // A HEAD request gets a route of its own, because a stream has no end.
  const route = {
    schema,
    config: { problems: ['overloaded', 'too_many_requests'] as const },
    exposeHeadRoute: false,
  }
  app.head('/stream', { schema: { hide: true } }, async (_request, reply) => {
    reply.headers(streamHeaders).send()
    return reply
  })
  app.get('/stream', route, async (request, reply) => {
    const principal = principalOf(request)
    const last = await findLastPosition(pool)
    const after = resumedAfter(request.headers['last-event-id'], request.query.lastEventId, last)
    if (hub.isClosed) throw new Problem('unavailable', { detail: 'The server is stopping.' })
    // A client that has gone by now emits no further `close`, so its listener would stay forever.
    if (reply.raw.destroyed) return reply.hijack()
    // Checked after the last `await`, so concurrent requests count each other.
    if (hub.sizeOf(principal.userId) >= maxPerUser) throw tooManyAtOnce('streams', maxPerUser)
    const listener = toListener(request, reply, after ?? last)
    const gives = limits.admit(listener)
    open(reply)
    listener.write(after === undefined ? ready(last) : resumed)
    reply.raw.once('close', () => {
      limits.remove(listener)
      leave(hub, listener, request, reply)
    })
    hub.join(listener, last)
    if (gives) giveWay(hub, gives, app.log)
    catchUp({ pool, hub, pageLimit }, listener).catch((err: unknown) => {
      request.log.warn({ err }, 'the events that a client missed could not be read')
      listener.end()
    })
  })
}

const streamHeaders = {
  'Content-Type': 'text/event-stream',
  // A proxy that compresses the response would hold frames back until a block is full.
  'Cache-Control': 'no-store, no-transform',
  // Stops nginx from buffering the response.
  'X-Accel-Buffering': 'no',
  // The connection closes with the stream, so a stopping server need not wait until it is idle.
  Connection: 'close',
}

function toListener(request: FastifyRequest, reply: FastifyReply, position: bigint): Listener {
  return new Listener({
    principal: principalOf(request),
    client: clientOf(request),
    position,
    out: reply.raw,
    hold: (bytes) => request.hold(bytes),
  })
}

/** Writes the head of the response; from here on the listener writes. */
function open(reply: FastifyReply): void {
  reply.hijack()
  reply.headers(streamHeaders)
  reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>)
}

/** Ends a stream for another. It leaves at once, so its user can reconnect before the client has read the end. */
function giveWay(hub: Hub, listener: Listener, log: App['log']): void {
  const { client, userId } = listener
  hub.leave(listener)
  listener.end(gaveWay)
  log.info({ client, userId }, 'ended a stream: another needed its place')
}

/** Logs a stream that did not end in order; the others are logged as any request is. */
function leave(hub: Hub, listener: Listener, request: FastifyRequest, reply: FastifyReply): void {
  hub.leave(listener)
  if (reply.raw.writableFinished) return
  const { userId, wasSlow } = listener
  const milliseconds = Math.round(reply.elapsedTime)
  const event = wasSlow
    ? 'stream closed by the server: the client reads too slowly'
    : 'stream closed with its connection'
  request.log.info({ userId, milliseconds }, event)
}

/** The position after which the stream resumes; undefined for a new stream. The header wins. */
function resumedAfter(header: string | undefined, query: string | undefined, last: bigint) {
  const id = header ?? query
  if (id === undefined) return undefined
  const notAnId = (message: string) =>
    validationFailed({
      parameter: header === undefined ? 'lastEventId' : 'Last-Event-ID',
      message,
    })
  if (!/^[0-9]{1,19}$/.test(id)) throw notAnId('expected the id of a frame, a decimal number')
  if (BigInt(id) > last) throw notAnId('expected the id of a frame; the log ends before this one')
  return BigInt(id)
}
