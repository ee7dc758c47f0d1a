/**
 * The W×R matrix: how each event type reaches each read table, read back from the catalogue of the
 * database (`engine.cells`). Nothing here is derived from the files of the releases.
 */

import type { ClientBase } from 'pg'

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
export async function readMatrix(client: ClientBase): Promise<Cell[]> {
  // Materialized, because a rank takes longer than all cells of its table.
  const { rows } = await client.query<Cell>(`
    with t as materialized (
      select name, engine.rank_of(name) as rank from read.tables where state in ('building', 'live'))
    select t.name as "readTable", c.event_type as "eventType", c.kind, c.path, c.fault,
      exists (
        select from engine.attached a
        where a.read_table = t.name and a.event_type = c.event_type) as attached
    from t cross join lateral engine.cells(t.name) c
    order by t.rank, t.name, engine.release_of(c.event_type), c.event_type`)
  return rows
}

/** Whether events of the cell are projected. */
export function isProjected({ kind }: Pick<Cell, 'kind'>): boolean {
  return kind !== 'ignored' && kind !== 'none'
}
