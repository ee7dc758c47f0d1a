/** `GET /tables/{name}/rows`: a read table, now or as of an earlier moment. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { type RowsFound, rowsAsOf } from '../../platform/read-models/replay/rows-as-of.ts'
import { optionalActorHeaders } from '../actor.ts'
import { personalParameter } from '../log/shapes.ts'
import { showsPersonal } from '../log/show-personal.ts'
import { positionShape } from '../positions.ts'
import { columnShape, momentParameter, refuse, requireReadTable } from './parameters.ts'
import type { Replays } from './replays.ts'
import { type Column, maskRow, namesOf, readColumns, readRows, toColumns } from './rows.ts'
import { nameParameter } from './table-route.ts'

const query = z.strictObject({
  before: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a nextCursor of this list')
    .transform(Number)
    .optional()
    .meta({ description: "The previous page's `nextCursor`" }),
  limit: wholeNumber(1, 100).default(50),
  personal: personalParameter,
  at: momentParameter.optional(),
})

const rowsShape = z
  .strictObject({
    table: z.string(),
    position: positionShape.meta({ description: 'The position of the log that the rows show' }),
    columns: z.array(columnShape),
    rows: z.array(z.array(z.string().nullable())).meta({
      description: 'By primary key; each column as text, and null where it is masked',
    }),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page' }),
  })
  .meta({ id: 'Rows' })

const schema = {
  operationId: 'listRows',
  tags: ['tables'],
  summary: 'Read the rows of a read table',
  description:
    'Columns that can contain a text are masked, because they may be personal. A page is a number of rows after ' +
    'others, so a row that is added or deleted meanwhile moves those behind it.',
  headers: optionalActorHeaders,
  params: nameParameter,
  querystring: query,
  response: { 200: rowsShape },
}

/** Adds it. */
export function rowsRoute(app: App, pool: Queryable, replays: Replays): void {
  const config = { problems: ['unavailable', 'not_found', 'conflict', 'overloaded'] } as const
  app.get('/tables/:name/rows', { schema, config }, async (request, reply) => {
    const { name } = request.params
    const { before: offset = 0, limit, at: moment } = request.query
    await requireReadTable(pool, name)
    const shown = await showsPersonal(pool, request, name)
    const columns = await readColumns(pool, name)
    const page = { table: name, columns: namesOf(columns), offset, limit: limit + 1 }
    const reading = moment
      ? replays(goneSignal(reply), (client) => rowsAsOf(client, { ...page, moment }))
      : readRows(pool, page)
    return toPage(name, columns, await reading.catch(refuse), { shown, offset, limit })
  })
}

interface Shown {
  readonly shown: boolean
  readonly offset: number
  readonly limit: number
}

function toPage(table: string, columns: readonly Column[], found: RowsFound, page: Shown) {
  const { shown, offset, limit } = page
  const hasNext = found.rows.length > limit
  return {
    table,
    position: found.position,
    columns: toColumns(columns, shown),
    rows: found.rows.slice(0, limit).map((row) => maskRow(columns, row, shown)),
    ...(hasNext && { nextCursor: `${offset + limit}` }),
  }
}
