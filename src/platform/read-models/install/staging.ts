/**
 * Staging: creates new read tables in a schema of their own, beside copies of the tables they refer to, and
 * then moves them to `read`. So a foreign key to a table in use can be added last, by itself: while it is
 * added, the writers of that table wait.
 *
 * It works in the caller's transaction, so no other session ever sees the schema.
 */

import type { ClientBase } from 'pg'
import { InstallError } from '../errors.ts'
import type { ReleaseFile } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'
import { createNewShadows, referredTables } from '../replay/new-shadows.ts'

export const stagingSchema = 'epistle_staging'

/** A foreign key that is still to be added. */
export interface Key {
  readonly statement: string
  /** The table in use that it refers to, quoted. */
  readonly table: string
}

/**
 * Runs the files of new read tables; `all` are the files of all read tables. `check` runs before the keys
 * are cut. Returns the foreign keys to tables in use, which their tables lack now. Throws InstallError.
 */
export async function createStaged(
  client: ClientBase,
  files: readonly ReleaseFile[],
  all: readonly ReleaseFile[],
  check: () => Promise<void>,
): Promise<Key[]> {
  const created = new Set(files.map(({ table }) => table))
  const referred = [...created].flatMap((table) => referredTables(table, all))
  await client.query(`create schema ${stagingSchema}`)
  await client.query(`set local search_path = ${stagingSchema}, read, log, pg_temp`)
  await createNewShadows(
    client,
    referred.filter((name) => !created.has(name)),
    all,
  )
  const copies = (await objects(client)).map(({ object }) => object)
  await runReleaseFiles(client, files)
  await check()
  const keys = await cutKeys(client, copies)
  for (const { object, move } of await objects(client)) {
    if (!copies.includes(object)) await client.query(move)
  }
  await dropCopies(client)
  await client.query('set local search_path = read, log, pg_temp')
  return keys
}

/** The objects of the schema that are no part of another, with the statement that moves each to `read`. */
async function objects(client: ClientBase): Promise<{ object: string; move: string }[]> {
  const { rows } = await client.query<{ object: string; move: string }>(
    `select format('%s %s', d.classid, d.objid) as object,
       format('alter %s %s set schema read', replace(o.type, 'statistics object', 'statistics'),
         o.identity) as move
     from pg_depend d cross join lateral pg_identify_object(d.classid, d.objid, 0) o
     where d.refclassid = 'pg_namespace'::regclass and d.refobjid = $1::regnamespace
       -- A sequence that belongs to a column moves with its table.
       and not (o.type = 'sequence' and exists (
         select from pg_depend own
         where own.classid = d.classid and own.objid = d.objid and own.deptype in ('a', 'i')))
     order by d.objid`,
    [stagingSchema],
  )
  return rows
}

/** Drops the foreign keys that lead from new tables to copies. */
async function cutKeys(client: ClientBase, copies: readonly string[]): Promise<Key[]> {
  const { rows } = await client.query<Key & { cut: string }>(
    `select format('alter table %I drop constraint %I', c.relname, k.conname) as cut,
       format('alter table read.%I add constraint %I %s', c.relname, k.conname,
         pg_get_constraintdef(k.oid)) as statement,
       format('read.%I', r.relname) as table
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     join pg_class r on r.oid = k.confrelid
     where k.contype = 'f' and k.connamespace = $1::regnamespace
       and format('%s %s', 'pg_class'::regclass::oid, r.oid) = any ($2)
       and format('%s %s', 'pg_class'::regclass::oid, c.oid) <> all ($2)
     order by c.relname, k.conname`,
    [stagingSchema, copies],
  )
  for (const { cut } of rows) await client.query(cut)
  return rows.map(({ statement, table }) => ({ statement, table }))
}

/** Throws InstallError where something moved depends on a copy, which `cascade` would drop with it. */
async function dropCopies(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ dependent: string }>(
    `select distinct pg_describe_object(d.classid, d.objid, 0) as dependent
     from pg_depend d
     join pg_class copy on d.refclassid = 'pg_class'::regclass and d.refobjid = copy.oid
     cross join lateral pg_identify_object(d.classid, d.objid, 0) o
     where copy.relnamespace = $1::regnamespace and o.schema = 'read'
     order by 1`,
    [stagingSchema],
  )
  if (rows.length > 0) {
    throw new InstallError(
      `${rows.map(({ dependent }) => dependent).join(', ')} of a new read table uses a read table that ` +
        'exists already; apart from foreign keys, the file of a read table may only use its own table',
    )
  }
  await client.query(`drop schema ${stagingSchema} cascade`)
}
