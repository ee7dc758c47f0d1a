/**
 * View check: would a read table be the same if it were the view that a release has for it? Asked in
 * one snapshot, of its sources, its columns and every row, in a transaction that leaves nothing.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { type ReleaseFile, releaseOf } from '../releases/releases.ts'
import { runInAnyOrder } from '../releases/run-files.ts'
import { sourcesOf } from './dependents.ts'

/** Rows that are shown of a difference. */
const shown = 10

/** Throws MaintenanceError unless readers would notice nothing. Needs the schema `shadow`, empty. */
export async function checkView(client: ClientBase, view: ReleaseFile): Promise<void> {
  await client.query('begin isolation level repeatable read')
  try {
    await client.query('set local search_path = shadow, read, log, pg_temp')
    await runInAnyOrder(client, [view])
    await checkSources(client, view)
    await checkColumns(client, view)
    await checkRows(client, view)
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

/** Newer ones alone, so that views never go in circles; of one that is building rows are missing. */
async function checkSources(client: ClientBase, { table, path }: ReleaseFile): Promise<void> {
  const faults = (await sourcesOf(client, 'shadow', table)).flatMap(({ name, release, state }) => {
    if (release === null) return [`${name}, which is no read table`]
    if (release <= (releaseOf(table) ?? 0)) return [`${name}, which is not newer`]
    return state === 'live' || state === 'demoted' ? [] : [`${name}, which is ${state}`]
  })
  if (faults.length === 0) return
  throw new MaintenanceError(
    `db/releases/${path} makes ${table} a view of ${faults.join(' and of ')}; it must read newer read ` +
      'tables that are live or demoted',
  )
}

async function checkColumns(client: ClientBase, { table, path }: ReleaseFile): Promise<void> {
  const [live, shadow] = [
    await columns(client, 'read', table),
    await columns(client, 'shadow', table),
  ]
  if (live === shadow) return
  throw new MaintenanceError(
    `db/releases/${path} has the columns ${shadow}; ${table} has ${live || 'none'}`,
  )
}

/** Names and exact types, in order: what a prepared statement of a reader was planned for. */
async function columns(client: ClientBase, schema: string, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg(
       format('%I %s%s', attname, format_type(atttypid, atttypmod),
         case when attcollation <> 0 then ' ' || attcollation::regcollation end),
       ', ' order by attnum) as columns
     from pg_attribute
     where attrelid = to_regclass(format('%I.%I', $1::text, $2::text))
       and attnum > 0 and not attisdropped`,
    [schema, table],
  )
  return rows[0]?.columns ?? ''
}

/**
 * Whole rows, and how often there is each: a view has no key to compare by, and may repeat a row. Told
 * by the first column, which is the id; the others may hold what has no place in a report.
 */
async function checkRows(client: ClientBase, { table, path }: ReleaseFile): Promise<void> {
  const name = client.escapeIdentifier(table)
  // Half a million users are compared by hashing, in one second; sorted on disk they take twelve.
  await client.query(`set local work_mem = '64MB'`)
  const { rows } = await client.query<{ some: string; count: number }>(
    `with differing as materialized (
       select key, case count(distinct side) when 2 then 'different' else min(side) end as kind
       from (
         select to_jsonb(extra) as row, 'extra' as side
         from (select * from read.${name} except all select * from shadow.${name}) extra
         union all
         select to_jsonb(missing), 'missing'
         from (select * from shadow.${name} except all select * from read.${name}) missing
       ) rows cross join lateral (select jsonb_build_object($1::text, row -> $1) as key) keys
       group by key
     )
     select string_agg(kind || ' ' || key, ', ') as some, (select count(*)::int from differing) as count
     from (select * from differing limit $2) first`,
    [await firstColumn(client, table), shown],
  )
  const { some, count } = rows[0] as { some: string; count: number }
  if (count === 0) return
  throw new MaintenanceError(
    `${count} rows of ${table} are not those of db/releases/${path}: ${some}`,
  )
}

async function firstColumn(client: ClientBase, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass(format('read.%I', $1::text)) and attnum > 0
     order by attnum limit 1`,
    [table],
  )
  return rows[0]?.name ?? ''
}
