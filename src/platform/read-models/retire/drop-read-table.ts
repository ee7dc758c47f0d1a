/**
 * Drops a read table that is not live: first its triggers, each in a short transaction of its own, then the
 * table and its functions. Safe to repeat. Event tables and their rows are never changed.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { triggersOf } from '../matrix.ts'
import { shortTransaction } from '../transactions.ts'

/**
 * Drops the triggers of a read table, which are dormant already. Each is disabled first, so that writers
 * no longer fire it while this session waits for the lock to drop it.
 */
export async function dropTriggers(client: ClientBase, table: string): Promise<void> {
  for (const { trigger, eventTable, routine } of await triggersOf(client, table)) {
    await shortTransaction(client, () =>
      client.query(`alter table ${eventTable} disable trigger ${trigger}`),
    )
    await shortTransaction(client, async () => {
      await client.query(`drop trigger ${trigger} on ${eventTable}`)
      await drop(client, `function ${routine}`)
    })
  }
}

/** Drops a table or view, its functions and its row of `read.tables`, in the caller's transaction. */
export async function dropTable(client: ClientBase, table: string): Promise<void> {
  await dropRelations(client, [table])
  await dropFunctions(client, table)
  await client.query('delete from read.tables where name = $1', [table])
}

/** Drops read tables and views together; the views can read each other and the tables. */
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

/** Drops the projections of a read table, and its replay function. */
export async function dropFunctions(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ routine: string }>(
    `select p.oid::regprocedure::text as routine from pg_proc p
     where p.pronamespace = 'read'::regnamespace
       and p.proname in ($1 || '_on', $1 || '_ignores', $1 || '_replay')`,
    [table],
  )
  for (const { routine } of rows) await drop(client, `function ${routine}`)
}

/** PostgreSQL also finds dependents that were created after every earlier check. */
async function drop(client: ClientBase, object: string): Promise<void> {
  try {
    await client.query(`drop ${object}`)
  } catch (error) {
    // dependent_objects_still_exist
    if (!(error instanceof DatabaseError) || error.code !== '2BP01') throw error
    throw new MaintenanceError(
      `the ${object} cannot be dropped: ${error.detail?.replaceAll('\n', ', ')}; drop that first`,
      { cause: error },
    )
  }
}
