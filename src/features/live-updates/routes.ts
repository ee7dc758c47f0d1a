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
import { toStart } from '../../platform/http/conventions/positions.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { measured } from '../../platform/metrics/measurements.ts'
import type { Connectable } from '../../platform/postgres/prepared.ts'
import { Admission, maxPerUser } from './admission.ts'
import { catchUp } from './catch-up.ts'
import { type EventsDeps, eventsRoute } from './events-route.ts'
import { ready, resumed } from './frames.ts'
import { Hub, type HubOptions } from './hub.ts'
import { Listener } from './listener.ts'
import { createPageLimit } from './missed-events.ts'

export interface LiveUpdateDeps extends HubOptions {
  readonly pool: Connectable
  /** How many streams may be open at once. */
  readonly maxStreams?: number
}

/** Four fifths of the default of MAX_CONNECTIONS. A stream costs a socket and about 30 kB. */
const defaultMaxStreams = 8_000
const description = `Sends a frame for each event that concerns you, starting now. Its \`id\` is the event's position
in the log, and \`data\` is JSON on one line:

| \`event\` | \`data\` |
|---|---|
| \`message_sent\` | a message you sent or received, as \`GET /messages/{id}\` returns it, and the names of both users |
| \`message_edited\` | the message after its sender edited it |
| \`message_deleted\` | the tombstone of the message its sender deleted |
| \`conversation_read\` | \`{with, by, upTo, readAt}\`: in your conversation with \`with\`, the user \`by\` (one of you two) read everything up to the message \`upTo\` |
| \`user_blocked\`, \`user_unblocked\` | the user you blocked or unblocked on any of your devices; that user gets no event |
| \`ended\` | \`{detail}\`: why the server ends this stream; without an \`id\` |

The schema \`StreamEvent\` has each of them as \`{id, event, data}\`. A message to you and your own read mark contain
\`unread\`, your unread messages of the conversation, and \`unreadTotal\`, those of all, so a badge needs no request.
They are counted when the frame is made, so use those of the last frame. Events of your own commands contain their
\`clientId\`.

The first frame is \`ready\`, with the current position. With \`Last-Event-ID\` there is no such frame: the stream
resumes after that position, on any server, without gaps or duplicates. Clients that cannot send the header use the
parameter \`lastEventId\`. A frame contains the message as it is when the frame is sent, which may be later than the
event. Of a deleted message, only the tombstone is ever sent. Ignore events with other names: more may be added.

A comment line is sent every 15 seconds. A stream ends when its session ends, when the server stops, or when the
client reads too slowly. When a server has no room for another stream, the network or the user with the most loses
the oldest one, after a frame \`ended\`. Reconnect with the last \`id\` you received. Each user can have at most ${maxPerUser} streams open per server, and each network a quarter of all.

Over HTTP/1.1 a browser opens at most six connections to a host, for all tabs together, and a stream holds one of
them: share one stream between tabs, or put a proxy with HTTP/2 in front. Clients that cannot read a stream use
\`GET /events\`.`

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

/** Adds `GET /stream` and `GET /events`. Open streams and waiting requests end when the server stops. */
export function liveUpdateRoutes(app: App, deps: LiveUpdateDeps): void {
  const { pool, maxStreams = defaultMaxStreams, ...options } = deps
  const hub = new Hub(options)
  const admission = new Admission(hub, maxStreams, app.log)
  app.addHook('preClose', () => hub.close())
  const shared = { pool, hub, admission, pageLimit: createPageLimit() }
  streamRoute(app, shared)
  eventsRoute(app, shared)
}

function streamRoute(app: App, { pool, hub, admission, pageLimit }: EventsDeps): void {
  // A HEAD request gets a route of its own, because a stream has no end.
  const route = {
    schema,
    config: { problems: ['overloaded', 'too_many_requests'], position: false } as const,
    exposeHeadRoute: false,
  }
  app.head(
    '/stream',
    { schema: { hide: true }, config: { position: false } },
    async (_request, reply) => {
      reply.headers(streamHeaders).send()
      return reply
    },
  )
  app.get('/stream', route, async (request, reply) => {
    const header = request.headers['last-event-id']
    const { after, last } = await (header === undefined
      ? toStart(pool, request.query.lastEventId, 'lastEventId')
      : toStart(pool, header, 'Last-Event-ID'))
    // A client that has gone by now emits no further `close`, so its listener would stay forever.
    if (reply.raw.destroyed) return reply.hijack()
    const listener = toListener(request, reply, after ?? last)
    admission.admit(listener, last)
    open(reply)
    listener.write(after === undefined ? ready(last) : resumed)
    reply.raw.once('close', () => {
      admission.remove(listener)
      measured.streamEnd.report({ reason: endOf(listener) })
      logLeaving(listener, request, reply)
    })
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

/** Why a stream ended, as metrics count it. */
function endOf({ wasSlow, endedBy }: Listener): string {
  if (wasSlow) return 'client_slow'
  return endedBy?.replace(' ', '_') ?? 'client_left'
}

/** Logs a stream that did not end in order; the others are logged as any request is. */
function logLeaving(listener: Listener, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.raw.writableFinished) return
  const { userId, wasSlow } = listener
  const milliseconds = Math.round(reply.elapsedTime)
  const event = wasSlow
    ? 'stream closed by the server: the client reads too slowly'
    : 'stream closed with its connection'
  request.log.info({ userId, milliseconds }, event)
}
