// The rows of a read table, and the rows that a replay of the log produces. The two must always be
// equal, whatever the length of the replay's runs.
import type { ClientBase } from 'pg'

/** A row as JSON, so that times and positions compare as text. */
export type Row = Record<string, unknown>

/** Every row of a read table, ordered by id and then by all columns as text. */
export async function contentsOf(client: ClientBase, table: string): Promise<Row[]> {
  const { rows } = await client.query<{ row: Row }>(
    `select row from read.${client.escapeIdentifier(table)} r, to_jsonb(r) row
     order by (row ->> 'id') collate "C", r::text collate "C"`,
  )
  return rows.map(({ row }) => row)
}

/** The names of the live read tables; a table comes after those it refers to. */
export async function liveTables(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from read.tables join engine.ranks() using (name)
     where state = 'live' order by rank, name`,
  )
  return rows.map(({ name }) => name)
}

/** The rows of every live read table, by its name. */
export async function liveContents(client: ClientBase): Promise<Record<string, Row[]>> {
  const contents: Record<string, Row[]> = {}
  for (const table of await liveTables(client)) contents[table] = await contentsOf(client, table)
  return contents
}

/**
 * The rows of a read table after it was emptied and replayed in runs of at most so many events.
 * The table itself stays as it was. The client must have no transaction open.
 */
export async function replayed(client: ClientBase, table: string, run: number): Promise<Row[]> {
  await client.query('begin')
  try {
    return await replayedWithin(client, table, run)
  } finally {
    await client.query('rollback')
  }
}

/** The same within the caller's transaction, which stays open. */
export async function replayedWithin(
  client: ClientBase,
  table: string,
  run: number,
): Promise<Row[]> {
  await client.query('savepoint emptied')
  await empty(client, table)
  await client.query(
    `select read.${client.escapeIdentifier(`${table}_replay`)}(
       0, (select coalesce(max(position), 0) from log.events), $1)`,
    [run],
  )
  const rows = await contentsOf(client, table)
  await client.query('rollback to savepoint emptied')
  return rows
}

/**
 * Deletes all rows of a read table, and first those that refer to an identity table, which cannot stay without it. A
 * truncation would be undone as well, but every session would plan again whatever it does with these tables.
 */
async function empty(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `with recursive emptied as (
       select to_regclass(format('read.%I', $1::text))::oid as oid, 0 as depth
       union
       select k.conrelid, depth + 1
       from emptied join pg_constraint k on k.confrelid = emptied.oid and k.contype = 'f'
         and k.conrelid <> k.confrelid)
     select oid::regclass::text as name from emptied group by oid order by max(depth) desc`,
    [table],
  )
  for (const { name } of rows) await client.query(`delete from ${name}`)
}
