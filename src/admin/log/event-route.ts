/** `GET /events/{id}`: one event, every version that it can be cast to, and what it caused. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { optionalActorHeaders } from '../actor.ts'
import { positionParameter } from '../positions.ts'
import { mask, readPersonalColumns } from './masking.ts'
import { causedWithin, findEvent, type LogRow, listCaused } from './queries.ts'
import { dataShape, eventShape, maskedShape, personalParameter, toItem } from './shapes.ts'
import { showsPersonal } from './show-personal.ts'
import { castEvent } from './versions.ts'

const versionShape = z
  .strictObject({
    type: z.string(),
    direction: z.enum(['up', 'down']).meta({ description: 'To a later or an earlier release' }),
    path: z.array(z.string()).meta({ description: 'The casts, in order' }),
    data: dataShape,
    masked: maskedShape,
  })
  .meta({ id: 'EventVersion' })

const causedTaskShape = z
  .strictObject({ id: uuid, process: z.string(), dueAt: z.string().nullable() })
  .meta({ id: 'CausedTask' })

const schema = {
  operationId: 'getLogEvent',
  tags: ['log'],
  summary: 'Get an event in all its versions, and what it caused',
  description:
    'The path has the id of the event, or its position. Of what it caused, the response has the tasks that are not ' +
    `done and up to 100 events within the next ${causedWithin.toLocaleString('en')} positions that record it as their ` +
    'cause.',
  headers: optionalActorHeaders,
  params: z.strictObject({ id: text({ max: 36 }).meta({ description: 'An id or a position' }) }),
  querystring: z.strictObject({ personal: personalParameter }),
  response: {
    200: z
      .strictObject({
        event: eventShape,
        versions: z.array(versionShape),
        caused: z.strictObject({ events: z.array(eventShape), tasks: z.array(causedTaskShape) }),
      })
      .meta({ id: 'LogEventDetails' }),
  },
}

/** Adds it. */
export function eventRoute(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable', 'not_found'] } as const
  app.get('/events/:id', { schema, config }, async (request) => {
    const event = await findByKey(pool, request.params.id)
    if (!event) {
      throw new Problem('not_found', { detail: 'No event has this id or position.' })
    }
    const shown = await showsPersonal(pool, request, event.id)
    const personal = await readPersonalColumns(pool)
    const versions = await castEvent(pool, event)
    const caused = await listCaused(pool, event)
    return {
      event: toItem(event, personal, shown),
      versions: versions.map(({ columns, type, direction, path }) => ({
        ...{ type, direction, path: [...path] },
        ...mask(columns, bothPersonal(personal.get(type), personal.get(event.type)), shown),
      })),
      caused: {
        events: caused.map((each) => toItem(each, personal, shown)),
        tasks: await listTasks(pool, event),
      },
    }
  })
}

async function findByKey(pool: Queryable, key: string): Promise<LogRow | undefined> {
  const id = uuid.safeParse(key)
  if (id.success) return findEvent(pool, { id: id.data })
  const position = positionParameter.safeParse(key)
  return position.success ? findEvent(pool, { position: position.data }) : undefined
}

/** A cast can copy a personal value of one type into a column of another. */
function bothPersonal(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
) {
  return one && other && new Set([...one, ...other])
}

async function listTasks(pool: Queryable, { id }: LogRow) {
  const { rows } = await pool.query<{ id: string; process: string; dueAt: Date | null }>(
    `select id, process, case when isfinite(due_at) then due_at end as "dueAt"
     from work.tasks where cause = $1 order by asked_at, id limit 100`,
    [id],
  )
  return rows.map((task) => ({ ...task, dueAt: task.dueAt?.toISOString() ?? null }))
}
