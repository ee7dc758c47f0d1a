/** `GET /matrix`: how each event type reaches each read table. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { readMatrix } from '../../platform/read-models/matrix.ts'
import { readTableOverviews } from '../../platform/read-models/overview.ts'
import { cellsOfViews } from '../../platform/read-models/view-cells.ts'

const cellShape = z
  .strictObject({
    readTable: z.string(),
    eventType: z.string(),
    kind: z.enum(['direct', 'backport', 'up', 'down', 'view', 'ignored', 'none']).meta({
      description:
        '`direct` and `backport` are projections of the type itself, the second one by a later release; `up` and ' +
        '`down` go through casts; `view`: the table is demoted, and shows the event by a table that it is a view of; ' +
        '`ignored` is declared; `none` is a later event that does not reach an old table',
    }),
    path: z
      .array(z.string())
      .nullable()
      .meta({
        description:
          'The casts on the way, in order, and then the tables that a demoted table shows it by; null where the event ' +
          'does not arrive',
      }),
    fault: z
      .string()
      .nullable()
      .meta({ description: 'Why a table with this cell cannot go live; else null' }),
    attached: z.boolean().meta({ description: 'Whether events of the type are projected now' }),
  })
  .meta({ id: 'Cell' })

const schema = {
  operationId: 'getMatrix',
  tags: ['log'],
  summary: 'Show how each event type reaches each read table',
  description:
    'The cells of all read tables that are building, live or demoted, by table and type.',
  response: { 200: z.strictObject({ items: z.array(cellShape) }).meta({ id: 'Matrix' }) },
}

/** Adds it. */
export function matrixRoute(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable'] } as const
  app.get('/matrix', { schema, config }, async () => {
    const cells = await readMatrix(pool)
    const all = [...cells, ...cellsOfViews(cells, await readTableOverviews(pool))]
    return { items: all.map((cell) => ({ ...cell, path: cell.path && [...cell.path] })) }
  })
}
