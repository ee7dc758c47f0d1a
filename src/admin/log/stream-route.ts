/** `GET /streams/{id}`: the events of a stream, and the state of its aggregate after each. */

import type { Pool } from 'pg'
import { z } from 'zod'
import { loadSteps, type Step } from '../../platform/event-store/load.ts'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { uuid } from '../../platform/http/strings.ts'
import { optionalActorHeaders } from '../actor.ts'
import { afterParameter, requirePosition } from '../positions.ts'
import { aggregates } from './aggregates.ts'
import { readHiddenValues } from './hidden-values.ts'
import { maskedMembers, maskState, type PersonalColumns, readPersonalColumns } from './masking.ts'
import { type LogRow, listEvents } from './queries.ts'
import { eventShape, personalParameter, toItem } from './shapes.ts'
import { showsPersonal } from './show-personal.ts'

/** How many events of a stream have states in responses: each page folds the events before it. */
const maxStates = 10_000
const most = maxStates.toLocaleString('en')

const stepShape = z
  .strictObject({
    event: eventShape,
    state: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description:
          'The state of the aggregate after the event, without secrets and masked as the events are. Null from the ' +
          'first event on that this server does not support, because a newer release recorded it, and after the first ' +
          `${most} events of the stream`,
      }),
    changed: z.array(z.string()).meta({
      description: 'The members of the state that the event changed, with those that are not shown',
    }),
    masked: z.array(z.string()).meta({
      description: 'The members of the state with personal values that are not shown',
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
    after: afterParameter("The previous page's `nextCursor`"),
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
  const config = { open: true, problems: ['unavailable', 'not_found', 'position_unknown'] } as const
  app.get('/streams/:id', { schema, config }, async (request) => {
    const { id } = request.params
    const { after = '0', limit } = request.query
    await requirePosition(pool, request.query.after)
    const [first] = await listEvents(pool, { streamId: id, after: '0', limit: 1 })
    if (!first) throw new Problem('not_found', { detail: 'No stream has this id.' })
    const shown = await showsPersonal(pool, request, id)
    const found = await listEvents(pool, { streamId: id, after, limit: limit + 1 })
    const items = found.slice(0, limit)
    const personal = await readPersonalColumns(pool)
    const states = await statesOf(pool, items, personal, shown)
    const last = found.length > limit ? items.at(-1) : undefined
    return {
      ...{ id, aggregate: first.aggregate },
      items: items.map((event) => ({
        event: toItem(event, personal, shown),
        ...(states.get(event.position) ?? { state: null, changed: [], masked: [] }),
      })),
      ...(last && { nextCursor: last.position }),
    }
  })
}

type State = Omit<z.output<typeof stepShape>, 'event'>

/** The states after these events of a stream, by position. Those after the first `maxStates` have none. */
async function statesOf(
  pool: Pool,
  events: readonly LogRow[],
  personal: PersonalColumns,
  shown: boolean,
): Promise<ReadonlyMap<string, State>> {
  const last = events.findLast(({ version }) => version <= maxStates)
  const aggregate = aggregates.get(last?.aggregate ?? '')
  if (!last || !aggregate) return new Map()
  const versions = { from: events[0]?.version ?? 1, upto: last.version }
  const steps = await loadSteps(pool, aggregate, last.streamId, versions)
  // Values of earlier pages, too: the states have them.
  const hidden = await readHiddenValues(pool, last, personal, shown)
  return new Map(steps.map((step) => [step.position, describe(step, hidden)]))
}

function describe(step: Step<unknown>, hidden: ReadonlySet<unknown>): State {
  const [before, state] = [toPlain(step.before), toPlain(step.state)]
  const names = Object.keys({ ...before, ...state })
  return {
    state: maskState(state, hidden) as Plain,
    changed: names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(state[name])),
    masked: maskedMembers(state, hidden),
  }
}

type Plain = Record<string, unknown>

/** As JSON, and as an object: the state of some aggregates is null, which is no fault. */
function toPlain(state: unknown): Plain {
  return JSON.parse(JSON.stringify(state ?? null)) ?? {}
}
