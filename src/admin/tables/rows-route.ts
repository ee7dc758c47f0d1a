/** `GET /tables/{name}/rows`: a read table, now or, where the owner's rights are there, as of an earlier moment. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import type { Fault } from '../../platform/http/problems/field-faults.ts'
import { Problem, validationFailed } from '../../platform/http/problems/problem.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { MaintenanceError } from '../../platform/read-models/errors.ts'
import type { Moment } from '../../platform/read-models/replay/table-as-of.ts'
import { parseRfc3339 } from '../../platform/rfc3339.ts'
import { optionalActorHeaders } from '../actor.ts'
import { personalParameter } from '../log/shapes.ts'
import { showsPersonal } from '../log/show-personal.ts'
import { positionParameter, positionShape } from '../positions.ts'
import { type Column, type Rows, readColumns, readRows, readRowsAsOf } from './rows.ts'
import { nameParameter, noSuchTable } from './table-route.ts'

const shared = {
  before: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a nextCursor of this list')
    .transform(Number)
    .optional()
    .meta({ description: "The previous page's `nextCursor`" }),
  limit: wholeNumber(1, 100).default(50),
  personal: personalParameter,
}

const at = z
  .string()
  .optional()
  .meta({
    description:
      'The position of the last event to include, or a time, which includes all events of its millisecond. The log is ' +
      'replayed, by the present projections of the table, for a minute at most. Live tables only',
    example: '42',
  })

const rowsShape = z
  .strictObject({
    table: z.string(),
    position: positionShape.meta({ description: 'The position of the log that the rows show' }),
    columns: z.array(
      z.strictObject({
        name: z.string(),
        type: z.string().meta({ example: 'uuid' }),
        masked: z.boolean().meta({ description: 'Whether the values are not shown' }),
      }),
    ),
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
  response: { 200: rowsShape },
}

/** Adds it. Without the owner's URL, there is no parameter `at`. */
export function rowsRoute(app: App, pool: Queryable, ownerUrl: string | undefined): void {
  const query: z.ZodType<Query> = ownerUrl
    ? z.strictObject({ ...shared, at })
    : z.strictObject(shared)
  const config = { problems: ['unavailable', 'not_found', 'conflict'] } as const
  app.get(
    '/tables/:name/rows',
    { schema: { ...schema, querystring: query }, config },
    async (request) => {
      const { name } = request.params
      const { before: offset = 0, limit, at } = request.query
      const moment = at === undefined ? undefined : momentOf(at)
      await requireReadTable(pool, name)
      const shown = await showsPersonal(pool, request, name)
      const columns = await readColumns(pool, name)
      const page = { table: name, offset, fetch: limit + 1 }
      const reading =
        moment && ownerUrl
          ? readRowsAsOf(ownerUrl, columns, page, moment)
          : readRows(pool, columns, page)
      return toPage(name, columns, await reading.catch(refuse), { shown, offset, limit })
    },
  )
}

interface Query {
  readonly before?: number | undefined
  readonly limit: number
  readonly personal: 'masked' | 'shown'
  readonly at?: string | undefined
}

const notAMoment: Fault = {
  code: 'invalid_format',
  params: { format: 'moment' },
  message: 'expected a position, or an RFC 3339 date and time such as 2026-01-31T12:00:00Z',
}

function momentOf(given: string): Moment {
  const position = positionParameter.safeParse(given)
  if (position.success) return { position: position.data }
  const instant = parseRfc3339(given)
  if (instant) return { instant }
  throw validationFailed({ parameter: 'at', ...notAMoment })
}

async function requireReadTable(pool: Queryable, name: string): Promise<void> {
  const { rowCount } = await pool.query(
    `select from read.tables where name = $1 and to_regclass(format('read.%I', name)) is not null`,
    [name],
  )
  if (rowCount === 0) throw noSuchTable()
}

/** The moment is still to come, or the table is not live, or has just been retired (undefined_table). */
function refuse(error: unknown): never {
  if ((error as { code?: unknown }).code === '42P01') throw noSuchTable()
  if (!(error instanceof MaintenanceError)) throw error
  throw new Problem('conflict', { detail: `${error.message}.`, cause: error })
}

interface Shown {
  readonly shown: boolean
  readonly offset: number
  readonly limit: number
}

function toPage(table: string, columns: readonly Column[], found: Rows, page: Shown) {
  const isMasked = columns.map(({ isPlain }) => !isPlain && !page.shown)
  const rows = found.rows.slice(0, page.limit)
  const hasNext = found.rows.length > page.limit
  return {
    table,
    position: found.position,
    columns: columns.map(({ name, type }, n) => ({ name, type, masked: isMasked[n] ?? true })),
    rows: rows.map((row) => row.map((value, n) => (isMasked[n] ? null : value))),
    ...(hasNext && { nextCursor: `${page.offset + page.limit}` }),
  }
}
