/** `POST /tasks/retry` and `POST /tasks/drop`: for tasks that failed. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { tableName } from '../../platform/read-models/tables.ts'
import {
  type Choice,
  dropTasks,
  maxIds,
  retryTasks,
} from '../../platform/task-queue/failed-tasks.ts'
import { actorHeaders, actorOf } from '../actor.ts'
import { perform } from '../acts/perform.ts'

const chosen = z
  .strictObject({
    ids: z.array(uuid).min(1).max(maxIds).optional(),
    all: z.literal(true).optional().meta({ description: 'Instead of `ids`' }),
    // Its form is checked, because the audit list keeps it for good.
    process: text({ min: 1, max: 63 })
      .regex(tableName, 'expected the name of a process manager, such as verification_8')
      .optional()
      .meta({ description: 'With `all`: only the tasks of this process manager' }),
  })
  .refine(({ all, process }) => process === undefined || all, {
    path: ['process'],
    message: 'can only be combined with all',
  })
  .refine(({ ids, all }) => (ids === undefined) !== (all === undefined), {
    path: ['ids'],
    message: 'send either ids or all',
  })

const shared = {
  tags: ['tasks'],
  headers: actorHeaders,
  body: chosen,
  response: {
    200: z
      .strictObject({
        count: z.int().meta({ description: 'How many tasks were changed' }),
        changed: z.array(uuid).meta({ description: 'Their ids: of `all`, the first hundred' }),
        unchanged: z.array(uuid).meta({
          description: 'Of `ids`: no failed task has the id, or a worker is running it',
        }),
      })
      .meta({ id: 'ChangedTasks' }),
  },
}

const retrySchema = {
  ...shared,
  operationId: 'retryTasks',
  summary: 'Run failed tasks again, now',
  description: '`all` retries those that were given up and those that wait for their next attempt.',
}

const dropSchema = {
  ...shared,
  operationId: 'dropTasks',
  summary: 'Delete failed tasks',
  description: '`all` deletes those that were given up.',
}

/** Adds both. */
export function taskActRoutes(app: App, pool: Queryable): void {
  const change = async (
    actor: string,
    act: 'retry_tasks' | 'drop_tasks',
    { ids, all, process }: z.output<typeof chosen>,
  ) => {
    const choice: Choice = process === undefined ? (ids ?? 'all') : { process }
    const run = act === 'retry_tasks' ? retryTasks : dropTasks
    const named = { actor, act, arguments: all ? { all, process } : { ids } }
    const { count, ids: changed } = await perform(pool, app.log, named, (report) =>
      run(pool, choice, { report }),
    )
    return {
      ...{ count, changed: [...changed] },
      unchanged: (ids ?? []).filter((id) => !changed.includes(id)),
    }
  }
  const config = { open: true } as const
  app.post('/tasks/retry', { schema: retrySchema, config }, (request) =>
    change(actorOf(request), 'retry_tasks', request.body),
  )
  app.post('/tasks/drop', { schema: dropSchema, config }, (request) =>
    change(actorOf(request), 'drop_tasks', request.body),
  )
}
