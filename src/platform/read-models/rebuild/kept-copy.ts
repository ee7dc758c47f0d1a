/**
 * Kept copy: the shadows of a verification, kept in a schema of their own, so that the next one replays only
 * the events after them.
 *
 * A copy is as good as a replay from the start while nothing has changed that made it: the releases, the
 * machinery, which read tables there are, and its own rows. All of that is compared before a copy is used,
 * and any change discards it. A command works on the copy as the schema `shadow`, so one that is killed or
 * fails loses it, and never leaves half of it.
 */

import type { ClientBase } from 'pg'
import { type Release, sha256 } from '../releases/releases.ts'
import { relationExists } from '../tables.ts'
import { transaction } from '../transactions.ts'

export interface Copy {
  /** Its tables, in an order in which a table comes after those that it refers to. */
  readonly tables: readonly string[]
  /** The position of the log that all of them have reached, decimal. */
  readonly position: string
}

const schema = 'epistle_verified'

/**
 * Moves the kept copy into the place of the empty schema `shadow`. Without a copy that can be used it reports
 * why, and returns undefined.
 */
export async function takeCopy(
  client: ClientBase,
  releases: readonly Release[],
  say: (line: string) => void,
): Promise<Copy | undefined> {
  const why = await unusable(client, releases)
  if (why) {
    say(`${why}, so the whole log is replayed`)
    await client.query(`drop schema if exists ${schema} cascade`)
    return undefined
  }
  return transaction(client, async () => {
    const { rows } = await client.query<{ name: string; position: string }>(
      `select name, position::text from ${schema}.kept order by n`,
    )
    await client.query(`drop table ${schema}.kept`)
    await client.query('drop schema shadow')
    await client.query(`alter schema ${schema} rename to shadow`)
    return { tables: rows.map(({ name }) => name), position: rows[0]?.position ?? '0' }
  })
}

/** Why the kept copy cannot be used; undefined where it can. */
async function unusable(
  client: ClientBase,
  releases: readonly Release[],
): Promise<string | undefined> {
  if (!(await relationExists(client, `${schema}.kept`))) return 'no copy is kept'
  const { rows } = await client.query<{ name: string; origin: string; rows: string }>(
    `select name, origin, rows from ${schema}.kept order by n`,
  )
  const origin = await originOf(client, releases)
  if (rows.some((row) => row.origin !== origin)) {
    return 'a release, the machinery, the read tables or erased events have changed since the copy was kept'
  }
  const now = await fingerprints(
    client,
    schema,
    rows.map(({ name }) => name),
  )
  if (rows.length === 0 || rows.some((row) => row.rows !== now.get(row.name))) {
    return 'the kept copy was changed by hand'
  }
  return undefined
}

/** Keeps the schema `shadow`, and replaces the copy that is kept so far. */
export async function keepCopy(
  client: ClientBase,
  releases: readonly Release[],
  { tables, position }: Copy,
): Promise<void> {
  const origin = await originOf(client, releases)
  const rows = await fingerprints(client, 'shadow', tables)
  await transaction(client, async () => {
    await client.query(
      `create table shadow.kept as
       select $1::bigint as position, $2::text as origin, name, rows, n
       from unnest($3::text[], $4::text[]) with ordinality as t (name, rows, n)`,
      [position, origin, tables, tables.map((name) => rows.get(name))],
    )
    await client.query(`drop schema if exists ${schema} cascade`)
    await client.query(`alter schema shadow rename to ${schema}`)
  })
}

/** A checksum of all that makes rows out of events, of which read tables there are, and of how often the log changed. */
async function originOf(client: ClientBase, releases: readonly Release[]): Promise<string> {
  const { rows } = await client.query(
    `select (select jsonb_agg(to_jsonb(t) - 'position' order by id) from read.tables t) as tables,
       (select jsonb_agg(to_jsonb(s) order by file) from engine.sources s) as sources,
       (select count(*)::int from log.erasures) as erasures`,
  )
  const files = releases.flatMap((release) => release.files.map((file) => [file.path, file.sha256]))
  return sha256(JSON.stringify([files, rows]))
}

/** For each table of a schema how many rows and a sum over them, with the texts of its functions. */
async function fingerprints(
  client: ClientBase,
  schema: string,
  tables: readonly string[],
): Promise<Map<string, string>> {
  return transaction(client, async () => {
    // The text of a row depends on these.
    await client.query(`set local time zone 'UTC'; set local datestyle = 'ISO'; set local intervalstyle =
      'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1`)
    const found = new Map<string, string>()
    for (const table of tables) {
      const name = `${schema}.${client.escapeIdentifier(table)}`
      if (!(await relationExists(client, name))) continue
      const { rows } = await client.query<{ rows: string }>(
        `select format('%s %s %s', count(*), sum(hashtextextended(r::text, 0)::numeric),
           (select sum(hashtextextended(prosrc, 0)::numeric) from pg_proc
            where pronamespace = $1::regnamespace and proname in ($2 || '_on', $2 || '_replay')))
           as rows
         from ${name} r`,
        [schema, table],
      )
      found.set(table, rows[0]?.rows ?? '')
    }
    return found
  })
}
