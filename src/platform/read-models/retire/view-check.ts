/**
 * View check: compares a read table with the view that a release brings for it. It checks sources, columns
 * and every row in one snapshot, in a transaction that is rolled back.
 */

import type { ClientBase } from 'pg'
import { agreeing, counted } from '../../counted.ts'
import { MaintenanceError } from '../errors.ts'
import { type ReleaseFile, releaseOf } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { sourcesOf } from '../tables.ts'

/** The most differing rows to list. */
const maxRows = 10

/** Throws MaintenanceError where readers would notice a difference. Needs an empty schema `shadow`. */
export async function checkView(client: ClientBase, view: ReleaseFile): Promise<void> {
  await client.query('begin isolation level repeatable read')
  try {
    await client.query('set local search_path = shadow, read, log, pg_temp')
    await runReleaseFiles(client, [view])
    await checkSources(client, view)
    await checkColumns(client, view)
    await checkRows(client, view)
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

/** Sources must be newer, so that views never form a cycle, and complete, so not building. */
async function checkSources(client: ClientBase, { table, path }: ReleaseFile): Promise<void> {
  const refusals = (await sourcesOf(client, 'shadow', table)).flatMap(
    ({ name, release, state }) => {
      if (release === null) return [`${name}, which is not a read table`]
      if (release <= (releaseOf(table) ?? 0)) return [`${name}, which is not newer`]
      return state === 'live' || state === 'demoted' ? [] : [`${name}, which is ${state}`]
    },
  )
  if (refusals.length === 0) return
  throw new MaintenanceError(
    `db/releases/${path} makes ${table} a view of ${refusals.join(' and of ')}; a view may only read ` +
      'newer read tables that are live or demoted',
  )
}

async function checkColumns(client: ClientBase, { table, path }: ReleaseFile): Promise<void> {
  const [live, shadow] = [
    await columns(client, 'read', table),
    await columns(client, 'shadow', table),
  ]
  if (live === shadow) return
  throw new MaintenanceError(
    `db/releases/${path} has other columns than ${table}; expected ${live || 'none'}, found ${shadow}`,
  )
}

/** Names and exact types of the columns, in order: a reader's prepared statements depend on them. */
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
 * Compares whole rows and how often each occurs: a view has no key to compare by, and can repeat a row.
 * The message names rows by the first column, the id, because others can contain secrets.
 */
async function checkRows(client: ClientBase, { table, path }: ReleaseFile): Promise<void> {
  const name = client.escapeIdentifier(table)
  // With this much memory half a million users are compared by hashing in 1 s; sorting on disk takes 12 s.
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
    [await firstColumn(client, table), maxRows],
  )
  const { some, count } = rows[0] as { some: string; count: number }
  if (count === 0) return
  const differ = agreeing(count, 'differs', 'differ')
  throw new MaintenanceError(
    `${counted(count, 'row')} of ${table} ${differ} from the view of db/releases/${path}: ${some}`,
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
