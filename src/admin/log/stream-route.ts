/** `GET /streams/{id}`: the events of a stream, and the state of its aggregate after each. */

import type { Pool } from 'pg'
import { z } from 'zod'
import { loadSteps } from '../../platform/event-store/load.ts'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { uuid } from '../../platform/http/strings.ts'
import { optionalActorHeaders } from '../actor.ts'
import { positionParameter } from '../positions.ts'
import { aggregates } from './aggregates.ts'
import { hiddenValues, maskState, type PersonalColumns, readPersonalColumns } from './masking.ts'
import { type LogRow, listEvents } from './queries.ts'
import { eventShape, personalParameter, toItem } from './shapes.ts'
import { showsPersonal } from './show-personal.ts'

const stepShape = z
  .strictObject({
    event: eventShape,
    state: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description:
          'The state of the aggregate after the event, without secrets and masked as the events are. Null from the ' +
          'first event on that this server does not support, because a newer release recorded it',
      }),
  })
  .meta({ id: 'StreamStep' })

const schema = {
  operationId: 'getStream',
  tags: ['log'],
  summary: 'Get a stream, with the state after each event',
  description: 'The oldest event first. `nextCursor` is a position: send it as `after`.',
  headers: optionalActorHeaders,
  params: z.strictObject({ id: uuid }),
  querystring: z.strictObject({
    after: positionParameter.optional().meta({ description: "The previous page's `nextCursor`" }),
    limit: wholeNumber(1, 100).default(50),
    personal: personalParameter,
  }),
  response: {
    200: z
      .strictObject({
        id: uuid,
        aggregate: z.string().meta({ example: 'user' }),
        items: z.array(stepShape),
        nextCursor: z.string().optional().meta({ description: 'Absent on the last page' }),
      })
      .meta({ id: 'Stream' }),
  },
}

/** Adds it. */
export function streamRoute(app: App, pool: Pool): void {
  const config = { open: true, problems: ['unavailable', 'not_found'] } as const
  app.get('/streams/:id', { schema, config }, async (request) => {
    const { id } = request.params
    const { after = '0', limit } = request.query
    const [first] = await listEvents(pool, { streamId: id, after: '0', limit: 1 })
    if (!first) throw new Problem('not_found', { detail: 'No stream has this id.' })
    const shown = await showsPersonal(pool, request, id)
    const found = await listEvents(pool, { streamId: id, after, limit: limit + 1 })
    const items = found.slice(0, limit)
    const [states, personal] = [
      await statesOf(pool, first.aggregate, items),
      await readPersonalColumns(pool),
    ]
    const hidden = await hiddenUpTo(pool, items, personal, shown)
    const last = found.length > limit ? items.at(-1) : undefined
    return {
      ...{ id, aggregate: first.aggregate },
      items: items.map((event) => ({
        event: toItem(event, personal, shown),
        state: toState(states.get(event.position), hidden),
      })),
      ...(last && { nextCursor: last.position }),
    }
  })
}

/** The states after these events of a stream, by position. */
async function statesOf(pool: Pool, name: string, events: readonly LogRow[]) {
  const aggregate = aggregates.get(name)
  const last = events.at(-1)
  if (!aggregate || !last) return new Map<string, unknown>()
  const steps = await loadSteps(pool, aggregate, last.streamId, last.version)
  return new Map(steps.map(({ position, state }) => [position, state]))
}

/** All values of the stream's events that its states must not show: those of earlier pages, too. */
async function hiddenUpTo(
  pool: Pool,
  events: readonly LogRow[],
  personal: PersonalColumns,
  shown: boolean,
): Promise<ReadonlySet<unknown>> {
  const [first, last] = [events[0], events.at(-1)]
  if (!first || !last) return new Set()
  const { streamId, version } = last
  const earlier = await listEvents(pool, { streamId, before: last.position, limit: version })
  const values = [...earlier, last].flatMap(({ type, columns }) => [
    ...hiddenValues(columns ?? {}, personal.get(type), shown),
  ])
  return new Set(values)
}

/** As JSON, and as an object: the state of some aggregates is null, which is no fault. */
function toState(state: unknown, hidden: ReadonlySet<unknown>): Record<string, unknown> | null {
  if (state === undefined) return null
  const plain = JSON.parse(JSON.stringify(state))
  return (maskState(plain, hidden) ?? {}) as Record<string, unknown>
}
