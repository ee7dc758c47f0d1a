/** `GET /tasks`: the background tasks that wait or failed. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import { uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { readBacklog } from '../../platform/task-queue/backlog.ts'
import { type FailedTask, listFailedTasks } from '../../platform/task-queue/failed-tasks.ts'
import { backlogShape, toBacklog } from '../status/shapes.ts'
import { maskAddresses } from './mask-addresses.ts'

/** The most failed tasks of a response. */
const maxTasks = 500

const taskShape = z
  .strictObject({
    id: uuid,
    process: z.string().meta({ example: 'verification_8' }),
    cause: uuid.nullable().meta({ description: 'The id of the event that caused it' }),
    askedAt: z.iso.datetime(),
    attempts: z.int(),
    retryAt: z.iso.datetime().nullable().meta({ description: 'Null for a task that was given up' }),
    givenUpAt: z.iso.datetime().nullable(),
    lastError: z.string().nullable().meta({ description: 'Without e-mail addresses' }),
  })
  .meta({ id: 'FailedTask' })

const schema = {
  operationId: 'listTasks',
  tags: ['tasks'],
  summary: 'List background tasks that wait or failed',
  description:
    '`backlog` counts the tasks that are due, for each process manager. `items` are those that failed, the oldest first: ' +
    '500 at most.',
  querystring: z.strictObject({ limit: wholeNumber(1, maxTasks).default(maxTasks) }),
  response: {
    200: z
      .strictObject({ backlog: z.array(backlogShape), items: z.array(taskShape) })
      .meta({ id: 'Tasks' }),
  },
}

/** Adds it. */
export function taskRoutes(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable'] } as const
  app.get('/tasks', { schema, config }, async ({ query }) => {
    const [backlog, failed] = [await readBacklog(pool), await listFailedTasks(pool, query)]
    return {
      backlog: backlog.map(toBacklog),
      items: failed.map(toItem),
    }
  })
}

function toItem({ askedAt, retryAt, givenUpAt, lastError, ...task }: FailedTask) {
  return {
    ...task,
    askedAt: askedAt.toISOString(),
    retryAt: retryAt?.toISOString() ?? null,
    givenUpAt: givenUpAt?.toISOString() ?? null,
    lastError: maskAddresses(lastError),
  }
}
