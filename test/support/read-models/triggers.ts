// The triggers of the read model, read from PostgreSQL's catalogue and not from the engine's own
// tables: they decide what really happens to an event.
import type { ClientBase } from 'pg'

export interface Trigger {
  readonly eventTable: string
  readonly name: string
  /** The first projection that the trigger's function calls. */
  readonly call: string
  readonly definition: string
  /** `A` for `ENABLE ALWAYS`. */
  readonly enabled: string
}

/** Every trigger on a table of `log` that is not one of the log's own guards. */
export async function readTriggers(client: ClientBase): Promise<Trigger[]> {
  const { rows } = await client.query<Trigger>(`
    select c.relname as "eventTable", g.tgname as name, g.tgenabled as enabled,
      pg_get_triggerdef(g.oid) as definition,
      substring(f.prosrc from 'perform ([a-z0-9_]+_on[(].*[)])( where .*)?;') as call
    from pg_trigger g
    join pg_class c on c.oid = g.tgrelid and c.relnamespace = 'log'::regnamespace
    join pg_proc f on f.oid = g.tgfoid
    where not g.tgisinternal and g.tgname !~ '^(00|99)'
    order by c.relname, g.tgname`)
  return rows
}

/** The matrix in lines, `<event table>: <trigger> <call>`, sorted. */
export async function triggerLines(client: ClientBase): Promise<string[]> {
  const triggers = await readTriggers(client)
  return triggers.map(({ eventTable, name, call }) => `${eventTable}: ${name} ${call}`).sort()
}
