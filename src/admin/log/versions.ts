/** One event in every version that casts make of it, as the read tables and aggregates of other releases see it. */

import pg from 'pg'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Columns } from './masking.ts'
import type { LogRow } from './queries.ts'

export interface Version {
  /** The event type that the casts make. */
  readonly type: string
  /** `up` to a later release, or `down` to an earlier one. */
  readonly direction: 'up' | 'down'
  /** The casts, in order. */
  readonly path: readonly string[]
  readonly columns: Columns
}

/** All versions but its own. */
export async function castEvent(on: Queryable, event: LogRow): Promise<Version[]> {
  if (event.columns === null) return []
  const { rows: casts } = await on.query<Omit<Version, 'columns' | 'type'> & { target: string }>(
    'select target, path, direction from log.casts_of($1) order by direction, path',
    [event.type],
  )
  if (casts.length === 0) return []
  const results = casts.map(
    ({ path }) =>
      `to_jsonb(${path.reduce((inner, cast) => `log.${pg.escapeIdentifier(cast)}(${inner})`, 'e')})
        - '{position,recorded_at}'::text[]`,
  )
  const { rows } = await on.query<{ versions: Columns[] }>(
    `select jsonb_build_array(${results.join(', ')}) as versions
     from log.${pg.escapeIdentifier(event.type)} e where e.position = $1`,
    [event.position],
  )
  return casts.map(({ target, path, direction }, n) => ({
    ...{ type: target, path, direction },
    columns: rows[0]?.versions[n] ?? {},
  }))
}
