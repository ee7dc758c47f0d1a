/**
 * Dropping a read table that is not live: its triggers, each in a short transaction of its own, then
 * the table and its functions. Safe to repeat; event tables and their rows are never touched.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { shortTransaction } from '../transactions.ts'

interface Trigger {
  /** Quoted. */
  readonly trigger: string
  readonly event: string
  readonly routine: string
}

/** The triggers that feed a read table, or did: known by their functions, whatever their names. */
export async function triggersOf(client: ClientBase, table: string): Promise<Trigger[]> {
  const { rows } = await client.query<Trigger>(
    `select quote_ident(g.tgname) as trigger, g.tgrelid::regclass::text as event,
       g.tgfoid::regprocedure::text as routine
     from pg_trigger g
     join pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'read'::regnamespace
     join log.event_types t on g.tgrelid = to_regclass(format('log.%I', t.type))
       and p.proname = format('%s_on_%s', $1::text, t.type)`,
    [table],
  )
  return rows
}

/** Its triggers are dormant already; disabled first, they are no longer fired while one waits. */
export async function dropTriggers(client: ClientBase, table: string): Promise<void> {
  for (const { trigger, event, routine } of await triggersOf(client, table)) {
    await shortTransaction(client, () =>
      client.query(`alter table ${event} disable trigger ${trigger}`),
    )
    await shortTransaction(client, async () => {
      await client.query(`drop trigger ${trigger} on ${event}`)
      await drop(client, `function ${routine}`)
    })
  }
}

/** Drops table or view, its functions, and what is known of it, in the caller's transaction. */
export async function dropTable(client: ClientBase, table: string): Promise<void> {
  await dropRelations(client, [table])
  await dropFunctions(client, table)
  await client.query('delete from read.tables where name = $1', [table])
}

/** Drops read tables and views, which may be views of each other and of the tables. */
export async function dropRelations(client: ClientBase, tables: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ kind: string; names: string }>(
    `select kind, string_agg(oid::regclass::text, ', ') as names
     from (
       select c.oid, case c.relkind when 'v' then 'view' else 'table' end as kind
       from unnest($1::text[]) name
       join pg_class c on c.oid = to_regclass(format('read.%I', name))
     ) relations
     group by kind
     order by kind = 'view' desc`,
    [tables],
  )
  for (const { kind, names } of rows) await drop(client, `${kind} ${names}`)
}

/** The projections of a read table, and its replay. */
export async function dropFunctions(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ routine: string }>(
    `select p.oid::regprocedure::text as routine from pg_proc p
     where p.pronamespace = 'read'::regnamespace
       and p.proname in ($1 || '_on', $1 || '_ignores', $1 || '_replay')`,
    [table],
  )
  for (const { routine } of rows) await drop(client, `function ${routine}`)
}

/** Under its own lock PostgreSQL finds what no check before could see come. */
async function drop(client: ClientBase, object: string): Promise<void> {
  try {
    await client.query(`drop ${object}`)
  } catch (error) {
    // dependent_objects_still_exist
    if (!(error instanceof DatabaseError) || error.code !== '2BP01') throw error
    throw new MaintenanceError(
      `${object} cannot go: ${error.detail?.replaceAll('\n', ', ')}; drop that first`,
      { cause: error },
    )
  }
}
