/**
 * `GET /events`: the events of `GET /stream` as a list, for clients that cannot read a stream. A request may wait
 * for the next event. It then counts as a stream, ends as one does, and holds no connection to the database.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FairQueue } from '../../platform/fair-queue.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf, sessionEnded } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { pageLimits, wholeNumber } from '../../platform/http/conventions/pages.ts'
import { toStart } from '../../platform/http/conventions/positions.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { ClientGoneError } from '../../platform/overloaded-error.ts'
import type { Connectable } from '../../platform/postgres/prepared.ts'
import type { Admission } from './admission.ts'
import type { LiveEvent } from './events.ts'
import type { Hub } from './hub.ts'
import { type Page, type PageOf, readPage } from './missed-events.ts'
import { maxWaitSeconds, streamEventShape } from './schemas.ts'
import { Waiter, type Woken } from './waiter.ts'

export interface EventsDeps {
  readonly pool: Connectable
  readonly hub: Hub
  readonly admission: Admission
  readonly pageLimit: FairQueue
}

const description = `For clients that cannot read a stream. First call it without \`after\`: the response has no events,
and the current \`position\`. Then pass the last \`position\` as \`after\`, again and again: you receive each event
once, in order, on any server. With \`wait\`, a request without new events waits for the next one. After that many
seconds, it gets an empty list.

The events and their data are those of \`GET /stream\`, without \`ready\` and \`ended\`. A waiting request counts as
one of your streams, and holds one of the six connections that a browser opens to a host over HTTP/1.1. It ends early
when its session ends (\`unauthenticated\`), when the server stops (an empty list), or when another request needs its
place (\`overloaded\`).`

const querystring = z.strictObject({
  after: z.string().optional().meta({
    description: 'The `position` of the last response, or the `id` of the last event you have',
  }),
  limit: wholeNumber(1, pageLimits.max).default(pageLimits.default).meta({
    description: 'The maximum number of events. A response can have fewer although there are more',
  }),
  wait: wholeNumber(0, maxWaitSeconds).default(0).meta({
    description: 'How many seconds to wait for an event when there is none',
  }),
})

const schema = {
  operationId: 'listEvents',
  tags: ['stream'],
  summary: 'List your events after a position, or wait for the next ones',
  description,
  querystring,
  response: {
    200: z
      .strictObject({
        items: z.array(streamEventShape),
        position: z.string().meta({
          description: 'You have every event up to this position; pass it as `after`',
          example: '42',
        }),
      })
      .meta({ id: 'EventList' }),
  },
}

/** Adds `GET /events`. */
export function eventsRoute(app: App, deps: EventsDeps): void {
  const config = {
    position: false,
    problems: ['overloaded', 'too_many_requests', 'unavailable'],
    headers: ['Epistle-Position'],
    reads: ({ wait }: { wait: number }) => (wait > 0 ? undefined : 'page'),
  } as const
  app.get('/events', { schema, config }, async (request, reply) => {
    const page = await nextPage(deps, request, reply)
    // A text is not serialized, so the check before serialization does not see it.
    if (!deps.hub.mayRead) throw new Problem('unavailable')
    position(reply, { position: String(page.position) })
    return reply.type('application/json; charset=utf-8').send(toJson(page) as never)
  })
}

type EventsRequest = FastifyRequest<{ Querystring: z.output<typeof querystring> }>

async function nextPage(deps: EventsDeps, request: EventsRequest, reply: FastifyReply) {
  const { pool } = deps
  const { limit, wait } = request.query
  const { userId } = principalOf(request)
  const { after, last } = await toStart(pool, request.query.after, 'after')
  if (after === undefined) return { events: [], position: last }
  const pageOf = { userId, after, reached: last, limit }
  if (wait === 0) return readPage(pool, pageOf)
  return waitForPage(deps, pageOf, request, goneSignal(reply))
}

/** The page, or the first one that is not empty. It is read after the hub knows the waiter, so none is missed. */
async function waitForPage(
  { pool, hub, admission, pageLimit }: EventsDeps,
  pageOf: PageOf,
  request: EventsRequest,
  gone: AbortSignal,
): Promise<Page> {
  const { wait } = request.query
  const waiter = new Waiter({
    principal: principalOf(request),
    client: clientOf(request),
    gone,
    waitMs: wait * 1000,
  })
  const read = (reached: bigint) =>
    pageLimit({ key: waiter.userId, gone }, () => readPage(pool, { ...pageOf, reached }))
  try {
    admission.admit(waiter, pageOf.reached)
    const page = await read(pageOf.reached)
    if (page.events.length > 0) return page
    const woken = await waiter.woken
    refuseIfEnded(request, woken)
    const isOver = woken === 'server stops' || woken === 'log restored'
    return isOver ? page : await read(hub.position)
  } finally {
    waiter.stop()
    admission.remove(waiter)
  }
}

function refuseIfEnded(request: EventsRequest, woken: Woken): void {
  if (woken === 'session over') throw sessionEnded(request)
  if (woken === 'client gone') throw new ClientGoneError()
  if (woken === 'gave way') {
    throw new Problem('overloaded', { detail: 'The server has no room for more waiting requests.' })
  }
}

function toJson({ events, position }: Page): string {
  return `{"items":[${events.map(toItem).join()}],"position":"${position}"}`
}

function toItem({ id, event, data }: LiveEvent): string {
  return `{"id":"${id}","event":"${event}","data":${data}}`
}
