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
  /** Whether the trigger that fills the cell exists. */
  readonly attached: boolean
}

/** Every cell of the building and live read tables, by read table and event type. */
export async function readMatrix(client: ClientBase): Promise<Cell[]> {
  const { rows } = await client.query<Cell>(`
    select t.name as "readTable", c.event_type as "eventType", c.kind, c.path, c.fault,
      exists (
        select from pg_trigger g
        where g.tgrelid = to_regclass(format('log.%I', c.event_type))
          and g.tgname = engine.trigger_of(t.name, c.event_type)) as attached
    from read.tables t cross join lateral engine.cells(t.name) c
    where t.state in ('building', 'live')
    order by engine.rank_of(t.name), t.name, engine.release_of(c.event_type), c.event_type`)
  return rows
}

/** Whether events of the cell are projected. */
export function isProjected({ kind }: Pick<Cell, 'kind'>): boolean {
  return kind !== 'ignored' && kind !== 'none'
}

export interface Trigger {
  /** Quoted. */
  readonly trigger: string
  readonly eventTable: string
  readonly routine: string
}

/**
 * The triggers that fill a read table, or filled it before it was demoted. They are found by their
 * functions, whatever their names are.
 */
export async function triggersOf(client: ClientBase, table: string): Promise<Trigger[]> {
  const { rows } = await client.query<Trigger>(
    `select quote_ident(g.tgname) as trigger, g.tgrelid::regclass::text as "eventTable",
       g.tgfoid::regprocedure::text as routine
     from pg_trigger g
     join pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'read'::regnamespace
     join log.event_types t on g.tgrelid = to_regclass(format('log.%I', t.type))
       and p.proname = format('%s_on_%s', $1::text, t.type)`,
    [table],
  )
  return rows
}
