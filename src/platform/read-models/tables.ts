/**
 * The read tables of a database and their states, as `read.tables` records them.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from './errors.ts'
import { checkMachineryVersion, refuseOlderMachinery } from './machinery-version.ts'

export interface ReadTable {
  /** The second key of its lease. */
  readonly id: number
  readonly name: string
  readonly release: number
  readonly state: 'building' | 'live' | 'demoted' | 'retiring'
  /** The checksum of the file it was made from: its own or, once it is demoted, that of its view. */
  readonly sha256: string
}

/**
 * All read tables, in an order in which each can be dropped: first views of older releases, which read
 * newer tables, then tables before those they refer to. Throws MaintenanceError where nothing is installed.
 */
export async function readTables(client: ClientBase): Promise<ReadTable[]> {
  await checkInstalled(client)
  const { rows } = await client.query<ReadTable>(
    `select id, name, release, state, sha256 from read.tables join engine.ranks() using (name)
     order by state = 'demoted' desc, rank desc, release, name`,
  )
  return rows
}

/** Whether a table or view of this name, with its schema, exists. */
export async function relationExists(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query('select to_regclass($1) is not null as found', [name])
  return rows[0].found
}

/** Throws MaintenanceError where nothing is installed, or where the machinery is not of this code's version. */
async function checkInstalled(client: ClientBase): Promise<void> {
  if (!(await relationExists(client, 'read.tables'))) {
    throw new MaintenanceError('nothing is installed in this database; run `epistle install` first')
  }
  await checkMachineryVersion(client)
  await refuseOlderMachinery(client)
}

/** The error for a name that is no read table of the database. */
export function unknownTable(
  table: string,
  choices: readonly { readonly name: string }[],
): MaintenanceError {
  const names = choices.map(({ name }) => name).join(', ')
  return new MaintenanceError(`unknown read table "${table}"; choose one of ${names}`)
}

/** The form of the names of read tables: `users_2`. */
export const tableName = /^[a-z_][a-z0-9_]*_\d+$/

/**
 * Throws MaintenanceError for a name that no read table can have. Called before names are recorded: what was typed
 * instead of one, such as an address, can be personal.
 */
export async function requireTableNames(
  client: ClientBase,
  names: readonly string[],
): Promise<void> {
  const other = names.find((name) => !tableName.test(name))
  if (other !== undefined) throw unknownTable(other, await readTables(client))
}

/**
 * The live read tables among those named, or all of them where none is named, tables that others refer
 * to first. Throws MaintenanceError for a name that is no live read table.
 */
export async function chooseLive(client: ClientBase, tables: readonly string[]): Promise<string[]> {
  await checkInstalled(client)
  const { rows } = await client.query<{ name: string; state: string }>(
    `select name, state from read.tables join engine.ranks() using (name) order by rank, name`,
  )
  const live = rows.filter(({ state }) => state === 'live')
  for (const table of tables) {
    const found = rows.find(({ name }) => name === table)
    if (!found) throw unknownTable(table, live)
    if (found.state !== 'live') {
      throw new MaintenanceError(
        `${table} is ${found.state}, not live; choose one of ${live.map(({ name }) => name).join(', ')}`,
      )
    }
  }
  return tables.length > 0 ? [...new Set(tables)] : live.map(({ name }) => name)
}

/** A relation that a view reads; release and state are null where it is not a read table. */
export interface Source {
  readonly name: string
  readonly release: number | null
  readonly state: string | null
}

/** The relations that a view in a schema reads directly; empty for a table. */
export async function sourcesOf(
  client: ClientBase,
  schema: 'read' | 'shadow',
  view: string,
): Promise<Source[]> {
  const { rows } = await client.query<Source>(
    `select distinct coalesce(t.name, format('%s.%s', c.relnamespace::regnamespace, c.relname)) as name,
       t.release, t.state
     from pg_rewrite r
     join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
       and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
     join pg_class c on c.oid = d.refobjid
     left join read.tables t on t.name = c.relname and c.relnamespace = 'read'::regnamespace
     where r.ev_class = to_regclass(format('%I.%I', $1::text, $2::text))
     order by name`,
    [schema, view],
  )
  return rows
}
