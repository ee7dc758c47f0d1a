/**
 * Drops a read table that is not live, with everything that was made for it. The statements are found first
 * and run in one round trip. Safe to repeat. Event tables and their rows are never changed.
 */

import { type ClientBase, DatabaseError, type QueryResult } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { type Ending, shortTransaction } from '../transactions.ts'

/** Runs a short transaction that drops objects. PostgreSQL also finds dependents created since all checks. */
export async function dropping(
  client: ClientBase,
  prepare: () => Promise<Ending>,
  say: (line: string) => void,
): Promise<QueryResult[]> {
  try {
    return await shortTransaction(client, prepare, { say })
  } catch (error) {
    // dependent_objects_still_exist
    if (!(error instanceof DatabaseError) || error.code !== '2BP01') throw error
    throw new MaintenanceError(
      `${error.message}: ${error.detail?.replaceAll('\n', ', ')}; drop that first`,
      { cause: error },
    )
  }
}

/** The statements that drop a table or view, its functions and its row of `read.tables`. */
export async function dropStatements(client: ClientBase, table: string): Promise<string[]> {
  return [
    `delete from read.tables where name = ${client.escapeLiteral(table)}`,
    `delete from work.verifications where read_table = ${client.escapeLiteral(table)}`,
    `delete from work.differences where read_table = ${client.escapeLiteral(table)}`,
    ...(await dropFunctions(client, table, ['on', 'ignores', 'replay', 'expects', 'accepts'])),
    ...(await dropRelations(client, [table])),
  ]
}

/** The statements that drop read tables and views together; the views can read each other and the tables. */
export async function dropRelations(
  client: ClientBase,
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('drop %s %s', kind, string_agg(oid::regclass::text, ', ')) as statement
     from (
       select c.oid, case c.relkind when 'v' then 'view' else 'table' end as kind
       from unnest($1::text[]) name
       join pg_class c on c.oid = to_regclass(format('read.%I', name))
     ) relations
     group by kind
     order by kind = 'view' desc`,
    [tables],
  )
  return rows.map(({ statement }) => statement)
}

/**
 * Detaches a read table. Returns the statements that drop functions of it, by default those that filled it: its
 * projections and its replay.
 */
export async function dropFunctions(
  client: ClientBase,
  table: string,
  suffixes: readonly string[] = ['on', 'ignores', 'replay'],
): Promise<string[]> {
  await client.query('call engine.detach($1)', [table])
  const { rows } = await client.query<{ statement: string }>(
    `select format('drop function %s', p.oid::regprocedure) as statement from pg_proc p
     where p.pronamespace = 'read'::regnamespace
       and p.proname in (select format('%s_%s', $1::text, suffix) from unnest($2::text[]) suffix)`,
    [table, suffixes],
  )
  return rows.map(({ statement }) => statement)
}

/** The tables among the read tables given, and the tables they refer to: what a drop locks. Quoted. */
export async function lockedByDrop(
  client: ClientBase,
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `with given as (
       select to_regclass(format('read.%I', name))::oid as oid from unnest($1::text[]) name)
     select c.oid::regclass::text as name from pg_class c
     where c.relkind in ('r', 'p') and (c.oid in (select oid from given) or c.oid in (
       select confrelid from pg_constraint where conrelid in (select oid from given)))
     order by 1`,
    [tables],
  )
  return rows.map(({ name }) => name)
}
