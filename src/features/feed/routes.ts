/**
 * `GET /feed` on the admin port: every event of the log for other systems, as newline-delimited JSON or as server-sent
 * events. `platform/feed/` reads it, `consumers.ts` says who may, and the shapes are beside the events.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { z } from 'zod'
import { createConfirmedReader } from '../../platform/feed/confirmed-pages.ts'
import { requireCursor } from '../../platform/feed/cursor.ts'
import type { FeedPage, FeedReader } from '../../platform/feed/read-feed.ts'
import type { App } from '../../platform/http/app.ts'
import { issueOf } from '../../platform/http/problems/field-faults.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { tooManyAtOnce } from '../../platform/http/rate-limit-fields.ts'
import { position } from '../../platform/http/replies.ts'
import type { Notifications } from '../../platform/postgres/notifications.ts'
import type { Connectable } from '../../platform/postgres/prepared.ts'
import { type Consumer, type ConsumerToken, consumerFinder } from './consumers.ts'
import { toCursor } from './cursor-parameter.ts'
import { LogChanges } from './log-changes.ts'
import { sendFeed } from './stream.ts'

export interface FeedDeps {
  readonly pool: Connectable
  readonly reader: FeedReader
  readonly tokens: readonly ConsumerToken[]
  readonly notifications: Notifications
  readonly mayRead: () => boolean
  /** How often a silent stream gets a comment line, ms. */
  readonly heartbeatMs?: number
}

/** A stream holds a page of 1 MiB while its consumer reads, and a connection of the admin port (`admin/admin.ts`). */
const maxStreams = 32
const limits = { default: 100, max: 500 }

const description = `Every event, in the order of the log, once. Pass the \`Epistle-Cursor\` of the last response as
\`after\`, again and again, and keep it with what you made of the events. A page ends at about 1 MiB, and after 2,000
events of the log, so it can be empty although there is more: then it has a \`Link\` with \`rel="next"\`.

With \`Accept: text/event-stream\` the response is a stream that never ends. Each frame has the cursor as its \`id\`,
the type as its \`event\`, and the same JSON as \`data\`. A frame with an \`id\` alone moves your cursor past events that
you did not ask for. Reconnect with the last \`id\` as \`Last-Event-ID\`.

A cursor names the event at its position. If the log does not have this event there, the database was restored to an
earlier time, and the response is 412 \`position_unknown\`.

No failover to a synchronous standby loses an event that you got: the standbys confirm each page first. While they do not,
the response is 503 \`unavailable\`, and a stream ends.`

function schemaFor(types: ReadonlySet<string>) {
  const values = [...types].sort()
  const message = `expected published types, separated by commas: ${values.join(', ')}`
  return {
    operationId: 'readFeed',
    tags: ['feed'],
    summary: 'Read the events of the log',
    description,
    headers: z.looseObject({
      'last-event-id': z
        .string()
        .optional()
        .meta({ description: 'Of a stream; wins over `after`' }),
    }),
    querystring: z.strictObject({
      after: z.string().default('0').meta({
        description: 'The cursor, or the position, after which to begin',
      }),
      limit: z
        .string()
        .regex(/^[0-9]{1,3}$/)
        .transform(Number)
        .pipe(z.int().min(1).max(limits.max))
        .default(limits.default)
        .meta({ description: 'The maximum number of events on a page' }),
      types: z
        .string()
        .transform((text, context): ReadonlySet<string> => {
          const chosen = new Set(text.split(','))
          if ([...chosen].every((type) => types.has(type))) return chosen
          context.addIssue(issueOf({ code: 'not_one_of', params: { values }, message }))
          return z.NEVER
        })
        .optional()
        .meta({ description: 'The published types to return, separated by commas; all if absent' }),
    }),
    response: {
      200: {
        description: 'The events of one page, or a stream',
        content: {
          'application/x-ndjson': { schema: z.string() },
          'text/event-stream': { schema: z.string() },
        },
      },
    },
  }
}

/** Adds `GET /feed`. Open streams end when the server stops. */
export function feedRoutes(app: App, deps: FeedDeps): void {
  const { pool, reader, tokens, mayRead } = deps
  const findConsumer = consumerFinder(tokens)
  const readConfirmed = createConfirmedReader(pool, reader)
  const changes = new LogChanges(deps.notifications)
  const stop = new AbortController()
  app.addHook('preClose', () => {
    stop.abort()
    return changes.close()
  })
  const config = {
    ownTokens: true,
    position: false,
    problems: [
      'unauthenticated',
      'position_unknown',
      'too_many_requests',
      'unknown_event',
      'unavailable',
    ],
    headers: ['Epistle-Position', 'Epistle-Cursor'],
  } as const
  const route = { schema: schemaFor(reader.types), config, exposeHeadRoute: false }
  app.get('/feed', route, async (request, reply) => {
    const consumer = findConsumer(request)
    const { limit, types } = request.query
    const isStream = wantsStream(request)
    const header = isStream ? request.headers['last-event-id'] : undefined
    const parameter = header === undefined ? 'after' : 'Last-Event-ID'
    const after = header ?? request.query.after
    await requireCursor(pool, toCursor(after, parameter), parameter)
    const read = (from: string) =>
      readConfirmed({ after: from, parameter, limit, types, personal: consumer.personal })
    if (!isStream) return sendPage(request, reply, await read(after), mayRead)
    if (changes.streams >= maxStreams) throw tooManyAtOnce('feed_streams', maxStreams, 5)
    const page = { read, after, changes, stop: stop.signal }
    return openStream({ ...deps, ...page }, consumer, request, reply)
  })
}

function wantsStream(request: FastifyRequest): boolean {
  const kinds = ['application/x-ndjson', 'text/event-stream']
  return new Negotiator(request.raw).mediaType(kinds) === 'text/event-stream'
}

function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: FeedPage,
  mayRead: () => boolean,
): FastifyReply {
  // A text is not serialized, so the check before serialization does not see it.
  if (!mayRead()) throw new Problem('unavailable')
  position(reply, page)
  reply.header('Epistle-Cursor', page.cursor)
  if (page.more) {
    const next = new URL(request.url, 'http://localhost')
    next.searchParams.set('after', page.cursor)
    reply.header('Link', `<${next.pathname}${next.search}>; rel="next"`)
  }
  const lines = page.events.map(({ json }) => `${json}\n`).join('')
  return reply.type('application/x-ndjson; charset=utf-8').send(lines as never)
}

const streamHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
}

type Stream = Omit<Parameters<typeof sendFeed>[0], 'out'>

async function openStream(
  stream: Stream,
  { name }: Consumer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.hijack()
  reply.headers(streamHeaders)
  reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>)
  request.log.info({ consumer: name, after: stream.after }, 'a consumer follows the feed')
  // The head is sent, so the consumer learns of a failure by the end of the stream.
  sendFeed({ ...stream, out: reply.raw }).catch((err: unknown) => {
    request.log.warn({ consumer: name, err }, 'the feed of a consumer ended')
  })
  return reply
}
