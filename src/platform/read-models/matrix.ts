/**
 * The W×R matrix: how each event type reaches each read table, read back from the catalogue of the
 * database (`log.matrix`). Nothing here is derived from the files of the releases.
 */

import type { Pool } from 'pg'

export interface Cell {
  readonly readTable: string
  readonly eventType: string
  /** `direct` and `backport` are projections for that very type; `up` and `down` go through casts. */
  readonly kind: 'direct' | 'backport' | 'up' | 'down' | 'ignored' | 'none'
  /** The casts on the way, e.g. `['user_registered_1']`; null where the event does not arrive. */
  readonly path: readonly string[] | null
  /** Why this cell must not go live; null where nothing forbids it. */
  readonly fault: string | null
  /** Whether the function that projects the events of this type contains the cell. */
  readonly attached: boolean
}

/** Every cell of the building and live read tables, by read table and event type. */
export async function readMatrix(client: Pick<Pool, 'query'>): Promise<Cell[]> {
  const { rows } = await client.query<Cell>(
    `select read_table as "readTable", event_type as "eventType", kind, path, fault, attached
     from log.matrix()`,
  )
  return rows
}

/** Whether events of the cell are projected. */
export function isProjected({ kind }: Pick<Cell, 'kind'>): boolean {
  return kind !== 'ignored' && kind !== 'none'
}
