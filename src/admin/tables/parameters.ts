/** What the operations on rows of read tables share: a moment, columns, and what they refuse. */

import { z } from 'zod'
import { type Fault, issueOf } from '../../platform/http/problems/field-faults.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { MaintenanceError } from '../../platform/read-models/errors.ts'
import type { Moment } from '../../platform/read-models/replay/table-as-of.ts'
import { parseRfc3339 } from '../../platform/rfc3339.ts'
import { positionParameter } from '../positions.ts'
import { noSuchTable } from './table-route.ts'

const notAMoment: Fault = {
  code: 'invalid_format',
  params: { format: 'moment' },
  message: 'expected a position, or an RFC 3339 date and time such as 2026-01-31T12:00:00Z',
}

export const momentParameter = z
  .string()
  .transform((given, context): Moment => {
    const position = positionParameter.safeParse(given)
    if (position.success) return { position: position.data }
    const instant = parseRfc3339(given)
    if (instant) return { instant }
    context.addIssue(issueOf(notAMoment))
    return z.NEVER
  })
  .meta({
    description:
      'The position of the last event to include, or a time, which includes all events of its millisecond. The ' +
      'database replays the log up to it, by the present projections of the table, for a minute at most. A server ' +
      'does one replay at a time. Live tables only',
    example: '42',
  })

export const columnShape = z.strictObject({
  name: z.string(),
  type: z.string().meta({ example: 'uuid' }),
  masked: z.boolean().meta({ description: 'Whether the values are not shown' }),
})

/** Throws `not_found` where no read table or view has this name. */
export async function requireReadTable(pool: Queryable, name: string): Promise<void> {
  const { rowCount } = await pool.query(
    `select from read.tables where name = $1 and to_regclass(format('read.%I', name)) is not null`,
    [name],
  )
  if (rowCount === 0) throw noSuchTable()
}

/** What means that the table has just been retired: it or a projection is gone. */
const goneCodes = ['42P01', '42883', '42703']

/** The moment is still to come, the table is not live or has just been retired, or the replay takes too long. */
export function refuse(error: unknown): never {
  if (goneCodes.includes(String((error as { code?: unknown }).code))) throw noSuchTable()
  if (!(error instanceof MaintenanceError)) throw error
  throw new Problem('conflict', { detail: `${error.message}.`, cause: error })
}
