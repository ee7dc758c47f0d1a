// The projections of each event table, read from the texts of PostgreSQL's functions and not from the engine's
// own tables: they decide what really happens to an event.
import type { ClientBase } from 'pg'

export interface Trigger {
  readonly eventTable: string
  readonly name: string
  readonly definition: string
  /** `A` for `ENABLE ALWAYS`. */
  readonly enabled: string
}

/** The triggers by which rows of the event tables are projected. */
export async function readTriggers(client: ClientBase): Promise<Trigger[]> {
  const { rows } = await client.query<Trigger>(`
    select c.relname as "eventTable", g.tgname as name, g.tgenabled as enabled,
      pg_get_triggerdef(g.oid) as definition
    from pg_trigger g
    join pg_class c on c.oid = g.tgrelid and c.relnamespace = 'log'::regnamespace
    join pg_proc f on f.oid = g.tgfoid
    where not g.tgisinternal and f.prosrc ~ (c.relname || '_project[(]')
    order by c.relname, g.tgname`)
  return rows
}

export interface Projection {
  readonly eventTable: string
  readonly readTable: string
  /** The first call of the read table's projection. */
  readonly call: string
}

/** The functions that project events of a table, and those that project one event that is appended alone. */
type Suffix = '_project' | '_alone'

/** The projections of all event tables, by event table and in the order in which they are run. */
export async function readProjections(
  client: ClientBase,
  suffix: Suffix = '_project',
): Promise<Projection[]> {
  const { rows } = await client.query<Projection>(
    `select left(f.proname, -length($1)) as "eventTable", block[1] as "readTable", block[2] as call
    from pg_proc f cross join lateral regexp_matches(f.prosrc,
      'if ''([a-z0-9_]+)'' = any [(]p_live[)] then[^:]*:= ([^;]*);', 'g') with ordinality as blocks (block, nth)
    where f.pronamespace = 'log'::regnamespace and right(f.proname, length($1)) = $1
    order by f.proname collate "C", nth`,
    [suffix],
  )
  return rows
}

/** The matrix in lines, `<event table>: <read table> <call>`, in the order of readProjections. */
export async function projectionLines(client: ClientBase, suffix?: Suffix): Promise<string[]> {
  const projections = await readProjections(client, suffix)
  return projections.map(({ eventTable, readTable, call }) => `${eventTable}: ${readTable} ${call}`)
}
