/** `GET /jobs`, `GET /jobs/{id}` and `GET /jobs/{id}/events`: jobs of all servers, also of those that have died. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { tooManyAtOnce } from '../../platform/http/rate-limit-fields.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { positionParameter } from '../positions.ts'
import { followJob, streamHeaders } from './follow.ts'
import { findJob, type Job, listJobs } from './queries.ts'
import { jobShape, toItem } from './shapes.ts'

const listSchema = {
  operationId: 'listJobs',
  tags: ['jobs'],
  summary: 'List jobs',
  description:
    'The jobs of all servers and workers, and those of the command line, the last one first.',
  querystring: z.strictObject({
    before: positionParameter.optional().meta({ description: "The previous page's `nextCursor`" }),
    limit: wholeNumber(1, 100).default(50),
  }),
  response: {
    200: z.strictObject({ items: z.array(jobShape), nextCursor: z.string().optional() }),
  },
}

export const jobParams = z.strictObject({ id: positionParameter })

const getSchema = {
  operationId: 'getJob',
  tags: ['jobs'],
  summary: 'Get a job',
  params: jobParams,
  response: { 200: jobShape },
}

const followSchema = {
  operationId: 'followJob',
  tags: ['jobs'],
  summary: 'Follow a job as server-sent events',
  description:
    'A frame `line` has a line that the job reported, as `{line, at, text}`: from the first one on, or after ' +
    '`Last-Event-ID`. A frame `progress` has `{progress, cancellable}` when these change. The last frame is `ended`, ' +
    'with the job as `GET /jobs/{id}` returns it, or `interrupted` with `{detail}` where this server cannot go on: the ' +
    'job can still be running, so reconnect to any server. A job of the command line prints its lines there, and has no ' +
    'lines here.',
  headers: z.looseObject({
    'last-event-id': z
      .string()
      .regex(/^\d{1,9}$/, 'expected the id of a frame')
      .transform(Number)
      .optional()
      .meta({ description: 'The `id` of the last frame you received' }),
  }),
  params: jobParams,
  response: {
    200: {
      description: 'Server-sent events, until the job has ended',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
}

/** Each looks at the database three times a second, and has a connection of the port. */
const maxStreams = 16

/** Adds them. */
export function jobRoutes(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable', 'not_found'] } as const
  const list = { open: true, problems: ['unavailable'] } as const
  app.get('/jobs', { schema: listSchema, config: list }, async ({ query: { before, limit } }) => {
    const jobs = await listJobs(pool, { before, limit: limit + 1 })
    const items = jobs.slice(0, limit)
    const last = jobs.length > limit ? items.at(-1) : undefined
    return { items: items.map(toItem), ...(last && { nextCursor: last.id }) }
  })
  app.get('/jobs/:id', { schema: getSchema, config }, async ({ params: { id } }) =>
    toItem(await existingJob(pool, id)),
  )
  followRoute(app, pool)
}

function followRoute(app: App, pool: Queryable): void {
  const problems = ['unavailable', 'not_found', 'too_many_requests'] as const
  const config = { open: true, problems } as const
  const route = { schema: followSchema, config, exposeHeadRoute: false }
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())
  let streams = 0
  app.get('/jobs/:id/events', route, async (request, reply) => {
    const { id } = await existingJob(pool, request.params.id)
    if (reply.raw.destroyed) return reply.hijack()
    if (streams >= maxStreams) throw tooManyAtOnce('job_streams', maxStreams, 5)
    streams += 1
    reply.hijack()
    reply.headers(streamHeaders)
    reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>)
    const after = request.headers['last-event-id'] ?? 0
    const following = { on: pool, id, after, stop: stopping.signal, log: request.log }
    void followJob(following, reply.raw).finally(() => {
      streams -= 1
    })
    return reply
  })
}

/** Throws `not_found`. */
export async function existingJob(pool: Queryable, id: string): Promise<Job> {
  const job = await findJob(pool, id)
  if (!job) throw new Problem('not_found', { detail: 'No job has this id.' })
  return job
}
