/** `GET /tables/{name}/differences`: the rows that the last verify found to differ, expected beside actual. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { readColumnTypes } from '../../platform/read-models/columns.ts'
import { readTableOverviews } from '../../platform/read-models/overview.ts'
import {
  type RecordedDifference,
  readRecordedDifferences,
  type Values,
} from '../../platform/read-models/rebuild/last-verify.ts'
import { isSecretColumn } from '../../platform/read-models/secret-columns.ts'
import { optionalActorHeaders } from '../actor.ts'
import { personalParameter } from '../log/shapes.ts'
import { showsPersonal } from '../log/show-personal.ts'
import { verifiedShape } from '../status/shapes.ts'
import { isPlain } from './rows.ts'
import { nameParameter, noSuchTable } from './table-route.ts'

const valuesShape = z.array(z.string().nullable()).nullable()

const differencesShape = z
  .strictObject({
    table: z.string(),
    verified: verifiedShape,
    columns: z.array(
      z.strictObject({
        name: z.string(),
        type: z.string().meta({ example: 'uuid' }),
        masked: z.boolean().meta({ description: 'Whether the values are not shown' }),
      }),
    ),
    rows: z
      .array(
        z.strictObject({
          kind: z.enum(['missing', 'extra', 'different']).meta({
            description:
              '`missing`: the table lacks the row; `extra`: it has a row that the log does not make; `different`: ' +
              'some columns differ',
          }),
          changed: z.array(z.string()).meta({ description: 'The columns that differ' }),
          expected: valuesShape.meta({ description: 'The row as the log makes it; else null' }),
          actual: valuesShape.meta({ description: 'The row as the table had it; else null' }),
        }),
      )
      .meta({
        description:
          'At most 100, by their key; each value as text, and null where it is masked. After an erasure, none: ' +
          'verify the table again',
      }),
  })
  .meta({ id: 'Differences' })

const schema = {
  operationId: 'listDifferences',
  tags: ['tables'],
  summary: 'List the rows that the last verify found to differ',
  description:
    'The rows are as they were at the position of that verify, whether a command or a job ran it. Columns that can contain a text are masked, ' +
    'because they may be personal. Columns with secrets always are.',
  headers: optionalActorHeaders,
  params: nameParameter,
  querystring: z.strictObject({ personal: personalParameter }),
  response: { 200: differencesShape },
}

/** Adds it. */
export function differencesRoute(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable', 'not_found'] } as const
  app.get('/tables/:name/differences', { schema, config }, async (request) => {
    const { name } = request.params
    const verified = await requireVerified(pool, name)
    const shown = await showsPersonal(pool, request, name)
    const columns = (await readColumnTypes(pool, name)).map((column) => ({
      ...column,
      masked: isSecretColumn(column) || !(shown || isPlain(column.type)),
    }))
    const rows = await readRecordedDifferences(pool, name)
    return { table: name, verified, columns, rows: rows.map((row) => toRow(row, columns)) }
  })
}

async function requireVerified(pool: Queryable, name: string) {
  const table = (await readTableOverviews(pool)).find((each) => each.name === name)
  if (!table) throw noSuchTable()
  const { verified } = table
  return verified && { ...verified, at: new Date(verified.at).toISOString() }
}

interface Shown {
  readonly name: string
  readonly masked: boolean
}

function toRow({ kind, changed, expected, actual }: RecordedDifference, columns: readonly Shown[]) {
  const inOrder = (values: Values | null) =>
    values && columns.map(({ name, masked }) => (masked ? null : (values[name] ?? null)))
  return { kind, changed: [...changed], expected: inOrder(expected), actual: inOrder(actual) }
}
