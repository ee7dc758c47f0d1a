/**
 * Dropping a read table that is not live: its triggers, each in a short transaction of its own, then
 * the table and its functions. Safe to repeat; event tables and their rows are never touched.
 */

import type { ClientBase } from 'pg'
import { shortTransaction } from './transactions.ts'

/** Drops a read table whose triggers are dormant, whoever may be writing events meanwhile. */
export async function dropReadTable(client: ClientBase, table: string): Promise<void> {
  await dropTriggers(client, table)
  await shortTransaction(client, () => dropTable(client, table))
}

/** Its triggers are dormant already; disabled first, they are no longer fired while one waits. */
export async function dropTriggers(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ trigger: string; event: string; routine: string }>(
    `select quote_ident(g.tgname) as trigger, g.tgrelid::regclass::text as event,
       g.tgfoid::regprocedure::text as routine
     from pg_trigger g
     join pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'read'::regnamespace
     join log.event_types t on g.tgrelid = to_regclass(format('log.%I', t.type))
       and p.proname = format('%s_on_%s', $1::text, t.type)`,
    [table],
  )
  for (const { trigger, event, routine } of rows) {
    await shortTransaction(client, () =>
      client.query(`alter table ${event} disable trigger ${trigger}`),
    )
    await shortTransaction(client, async () => {
      await client.query(`drop trigger ${trigger} on ${event}`)
      await client.query(`drop function ${routine}`)
    })
  }
}

/** Drops table or view, its functions, and what is known of it, in the caller's transaction. */
export async function dropTable(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ kind: string }>(
    `select case relkind when 'v' then 'view' else 'table' end as kind
     from pg_class where oid = to_regclass(format('read.%I', $1::text))`,
    [table],
  )
  for (const { kind } of rows) {
    await client.query(`drop ${kind} read.${client.escapeIdentifier(table)}`)
  }
  await dropFunctions(client, table)
  await client.query('delete from read.tables where name = $1', [table])
}

/** The projections of a read table, and its replay. */
export async function dropFunctions(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ routine: string }>(
    `select p.oid::regprocedure::text as routine from pg_proc p
     where p.pronamespace = 'read'::regnamespace
       and p.proname in ($1 || '_on', $1 || '_ignores', $1 || '_replay')`,
    [table],
  )
  for (const { routine } of rows) await client.query(`drop function ${routine}`)
}
