/** `GET /tables/{name}/comparison`: a read table as of an earlier moment beside the table as it is now. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import {
  compareAsOf,
  type Instant,
  type RowsCompared,
} from '../../platform/read-models/replay/rows-as-of.ts'
import type { Row } from '../../platform/read-models/replay/table-as-of.ts'
import { optionalActorHeaders } from '../actor.ts'
import { personalParameter } from '../log/shapes.ts'
import { showsPersonal } from '../log/show-personal.ts'
import { positionShape } from '../positions.ts'
import { cursorAfter, placeOf, refuseForeignCursor } from './cursors.ts'
import { columnShape, momentParameter, refuse, requireReadTable } from './parameters.ts'
import type { Replays } from './replays.ts'
import { type Column, maskRow, namesOf, readColumns, readKey, toColumns } from './rows.ts'
import { nameParameter } from './table-route.ts'

const instantShape = z.strictObject({
  position: positionShape,
  recordedAt: z.iso.datetime().nullable().meta({
    description: 'When the last event up to the position was recorded; null before the first',
  }),
})

const valuesShape = z.array(z.string().nullable()).nullable()

const comparisonShape = z
  .strictObject({
    table: z.string(),
    earlier: instantShape,
    now: instantShape,
    columns: z.array(columnShape),
    added: z.int().meta({ description: 'How many rows of the whole table were added since' }),
    changed: z.int(),
    removed: z.int(),
    rows: z.array(
      z.strictObject({
        change: z.enum(['added', 'changed', 'removed', 'same']),
        differing: z.array(z.string()).meta({
          description:
            'The columns of a changed row that differ. Empty if only a column with a secret does',
        }),
        earlier: valuesShape.meta({ description: 'Null if the table did not have the row' }),
        now: valuesShape.meta({ description: 'Null if the table no longer has the row' }),
      }),
    ),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page' }),
  })
  .meta({ id: 'Comparison' })

const schema = {
  operationId: 'compareRows',
  tags: ['tables'],
  summary: 'Compare a read table as of an earlier moment with now',
  description:
    'Both are of one snapshot. Rows are in the order of the primary key, each column as text, and masked as in ' +
    '`GET /tables/{name}/rows`. At the end of the log, both must be the same: a row that differs there is damaged.',
  headers: optionalActorHeaders,
  params: nameParameter,
  querystring: z.strictObject({
    at: momentParameter,
    rows: z.enum(['all', 'differing']).default('all'),
    before: z
      .string()
      .max(2_000)
      .optional()
      .meta({ description: "The previous page's `nextCursor`" }),
    limit: wholeNumber(1, 100).default(50),
    personal: personalParameter,
  }),
  response: { 200: comparisonShape },
}

/** Adds it. */
export function comparisonRoute(app: App, pool: Queryable, replays: Replays): void {
  const config = { problems: ['unavailable', 'not_found', 'conflict', 'overloaded'] } as const
  app.get('/tables/:name/comparison', { schema, config }, async (request, reply) => {
    const { name: table } = request.params
    const { at: moment, rows, before, limit } = request.query
    await requireReadTable(pool, table)
    const [columns, key] = [await readColumns(pool, table), await readKey(pool, table)]
    const place = placeOf(before, key)
    const shown = await showsPersonal(pool, request, table)
    const differing = rows === 'differing'
    const page = { table, moment, differing, columns: namesOf(columns), ...place, limit: limit + 1 }
    const reading = replays(goneSignal(reply), (client) => compareAsOf(client, page))
    const found = await reading.catch((error: unknown) => {
      refuseForeignCursor(error)
      return refuse(error)
    })
    const last = found.rows.length > limit ? found.rows[limit - 1] : undefined
    return {
      ...toComparison(found, columns, { limit, shown }),
      table,
      ...(last && { nextCursor: cursorAfter(last, key, { ...place, limit }) }),
    }
  })
}

function toComparison(
  { earlier, now, rows, added, changed, removed }: RowsCompared,
  columns: readonly Column[],
  { limit, shown }: { readonly limit: number; readonly shown: boolean },
) {
  const masked = (row: Row | null) => row && maskRow(columns, row, shown)
  return {
    ...{ earlier: toInstant(earlier), now: toInstant(now), added, changed, removed },
    columns: toColumns(columns, shown),
    rows: rows.slice(0, limit).map((row) => ({
      change: row.change,
      differing: [...row.columns],
      earlier: masked(row.earlier),
      now: masked(row.now),
    })),
  }
}

function toInstant({ position, recordedAt }: Instant) {
  return { position, recordedAt: recordedAt?.toISOString() ?? null }
}
