/** `GET /events` and `GET /events/{id}`: the log by filter and page, and one event with its versions and effects. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { conflictsWith, wholeNumber } from '../../platform/http/conventions/pages.ts'
import { issueOf } from '../../platform/http/problems/field-faults.ts'
import { validationFailed } from '../../platform/http/problems/problem.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import type { Connectable, Queryable } from '../../platform/postgres/prepared.ts'
import { optionalActorHeaders } from '../actor.ts'
import { afterParameter, positionParameter, requirePosition } from '../positions.ts'
import { eventRoute } from './event-route.ts'
import { readPersonalColumns } from './masking.ts'
import { listEvents, listEventTypes } from './queries.ts'
import { eventShape, personalParameter, toItem } from './shapes.ts'
import { showsPersonal } from './show-personal.ts'

const query = z
  .strictObject({
    types: text({ min: 1, max: 4_000 })
      .transform((names) => [...new Set(names.split(','))])
      .optional()
      .meta({ description: 'Event types, separated by commas', example: 'user_registered_1' }),
    stream: uuid.optional().meta({ description: 'The id of a stream' }),
    before: positionParameter.optional().meta({ description: 'Events before this position' }),
    after: afterParameter('Events after this position, the first one first'),
    limit: wholeNumber(1, 100).default(50),
    personal: personalParameter,
  })
  .superRefine(({ before, after }, context) => {
    if (before !== undefined && after !== undefined) {
      context.addIssue(issueOf(conflictsWith('before'), 'after'))
    }
  })

const schema = {
  operationId: 'listLogEvents',
  tags: ['log'],
  summary: 'List events of the log',
  description: 'The last event first. `nextCursor` is a position.',
  headers: optionalActorHeaders,
  querystring: query,
  response: {
    200: z.strictObject({
      items: z.array(eventShape),
      nextCursor: z.string().optional().meta({ description: 'Absent on the last page' }),
    }),
  },
}

/** Adds both. */
export function eventRoutes(app: App, pool: Connectable): void {
  const config = { open: true, problems: ['unavailable', 'position_unknown'] } as const
  app.get('/events', { schema, config }, async (request) => {
    const { types, stream, before, after, limit } = request.query
    if (types) await requireKnown(pool, types)
    await requirePosition(pool, after)
    const shown = await showsPersonal(pool, request, stream)
    const page = { types, streamId: stream, before, after, limit: limit + 1 }
    const [found, personal] = [await listEvents(pool, page), await readPersonalColumns(pool)]
    const items = found.slice(0, limit)
    const last = found.length > limit ? items.at(-1) : undefined
    return {
      items: items.map((event) => toItem(event, personal, shown)),
      ...(last && { nextCursor: last.position }),
    }
  })
  eventRoute(app, pool)
}

async function requireKnown(pool: Queryable, types: readonly string[]): Promise<void> {
  const known = await listEventTypes(pool)
  if (types.every((type) => known.includes(type))) return
  const message = `expected event types of this database: ${known.join(', ')}`
  throw validationFailed({
    ...{ parameter: 'types', code: 'not_one_of', params: { values: known }, message },
  })
}
