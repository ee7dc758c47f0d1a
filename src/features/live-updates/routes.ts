/**
 * `GET /stream`: what happens to the caller, as it happens, as server-sent events.
 *
 * Only the beginning and the end of a stream are here: who may have one, from where on, under which
 * headers. What it tells is `events.ts`, and when, `hub.ts`.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { Problem, validationFailed } from '../../platform/http/problems/problem.ts'
import { tooManyAtOnce } from '../../platform/http/rate-limit-fields.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { catchUp, createTurns } from './catch-up.ts'
import { ready, resumed } from './frames.ts'
import { Hub, type HubOptions } from './hub.ts'
import { Listener } from './listener.ts'
import { findLastPosition } from './queries.ts'

export interface LiveUpdateDeps extends HubOptions {
  readonly pool: Queryable
  /** How many may be open at a time. */
  readonly mostStreams?: number
}

/** A stream is a socket and some 30 kB, so these are what a process of ordinary size bears. */
const ordinaryStreams = 10_000
/**
 * How many of them one user may have: for each of his devices and tabs, and for what lingers of those
 * that vanished, which TCP notices after a quarter of an hour. Or one account would keep out all others.
 */
const mostOfUser = 50

const description = `A frame for each event that is the caller's affair, from the moment of the request on. Its \`id\` is the
event's position in the log, and \`data\` is JSON on one line:

| \`event\` | \`data\` |
|---|---|
| \`message_sent\` | a message that was sent to or by the caller, as \`GET /messages/{id}\` answers it |
| \`message_edited\` | the message that its sender gave another content |
| \`message_deleted\` | the tombstone of the message that its sender took back |
| \`conversation_read\` | \`{with, by, upTo, readAt}\`: in the conversation with the user \`with\`, the user \`by\` (one of the two) read up to the message \`upTo\` |

The first frame is \`ready\`, with the present position. With \`Last-Event-ID\` there is no such frame: the stream goes
on after that position, without a gap and without a duplicate, on any server. A message is shown as it is when it is
told, which may be later than the event: of one that was taken back, nothing but its tombstone is ever told. Events of
other names may come in the future. A comment line comes every 15 seconds. A stream ends with the session that asked
for it, when the server stops, or when its reader does not keep up; a reader then comes back with the last \`id\` he
had. A user has ${mostOfUser} streams on a server at most.`

const schema = {
  operationId: 'followStream',
  tags: ['stream'],
  summary: 'What happens, as it happens',
  description,
  headers: z.looseObject({
    'last-event-id': z.string().optional().meta({
      description: 'The `id` of the last frame that was read: go on after it',
      example: '42',
    }),
  }),
  response: {
    200: {
      description: 'Server-sent events, until one of the two hangs up',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
}

/** Adds the stream; the streams that are open end when the server stops. */
export function liveUpdateRoutes(
  app: App,
  { pool, mostStreams, ...options }: LiveUpdateDeps,
): void {
  const hub = new Hub(options)
  const turns = createTurns()
  app.addHook('preClose', () => hub.close())
  // Without HEAD, which would ask for the head of something that has no end.
  const route = {
    schema,
    config: { problems: ['overloaded', 'too_many_requests'] as const },
    exposeHeadRoute: false,
  }
  app.get('/stream', route, async (request, reply) => {
    const principal = principalOf(request)
    const after = lastEventId(request.headers['last-event-id'])
    const last = await findLastPosition(pool)
    if (after !== undefined && after > last) throw notAnId('is beyond the end of the log')
    if (hub.isClosed) throw new Problem('unavailable', { detail: 'The server is stopping.' })
    // Whoever has left meanwhile would never do so again.
    if (reply.raw.destroyed) return reply.hijack()
    // Counted here, after all waiting, so that those who ask at once are counted, too.
    if (hub.size >= (mostStreams ?? ordinaryStreams)) throw new Problem('overloaded')
    if (hub.sizeOf(principal.userId) >= mostOfUser) throw tooManyAtOnce('streams', mostOfUser)
    const listener = open(reply, new Listener(principal, after ?? last, reply.raw))
    listener.write(after === undefined ? ready(last) : resumed)
    reply.raw.once('close', () => leave(hub, listener, request, reply))
    hub.join(listener, last)
    catchUp({ pool, hub, turns }, listener).catch((err: unknown) => {
      request.log.warn({ err }, 'what a listener missed could not be read')
      listener.end()
    })
  })
}

/** Writes the head of the answer; from here on the listener writes. */
function open(reply: FastifyReply, listener: Listener): Listener {
  reply.hijack()
  reply.header('Content-Type', 'text/event-stream')
  // nginx passes it on as it comes.
  reply.header('X-Accel-Buffering', 'no')
  // A connection that was a stream ends with it, so that a stop need not wait for it to fall idle.
  reply.header('Connection', 'close')
  reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>)
  return listener
}

/** A stream that ends in order is in the log as any request; the others are told of here. */
function leave(hub: Hub, listener: Listener, request: FastifyRequest, reply: FastifyReply): void {
  hub.leave(listener)
  if (reply.raw.writableFinished) return
  const { userId, wasSlow } = listener
  const milliseconds = Math.round(reply.elapsedTime)
  const told = wasSlow ? 'a stream was cut off: its reader did not keep up' : 'a stream was left'
  request.log.info({ userId, milliseconds }, told)
}

/** The position after which the stream goes on, if it is to go on anywhere. */
function lastEventId(header: string | undefined): bigint | undefined {
  if (header === undefined) return undefined
  if (!/^[0-9]{1,19}$/.test(header)) throw notAnId('expected the id of a frame, a decimal number')
  return BigInt(header)
}

function notAnId(message: string): Problem {
  return validationFailed({ parameter: 'Last-Event-ID', message })
}
