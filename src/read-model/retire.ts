/**
 * Retire: an old read table goes, once nobody reads it. Event tables never go.
 *
 * The state changes in the transaction that holds the table's lease lock alone, so no server can
 * begin to read it unnoticed. From then on its triggers do nothing; each is dropped in a short
 * transaction of its own, and the table last. A run that was interrupted is finished by the next.
 */

import type { ClientBase } from 'pg'
import { dropReadTable } from './drop.ts'
import { UpkeepError } from './errors.ts'
import { asInstaller } from './installer.ts'
import { newestReadTables, readReleases } from './releases.ts'
import { transaction } from './transactions.ts'

export interface RetireOptions {
  readonly client: ClientBase
  readonly directory: string
  /** The tables to retire. */
  readonly tables?: readonly string[]
  /** Or those that a release brought. */
  readonly release?: number | undefined
  readonly say: (line: string) => void
}

interface Table {
  readonly id: number
  readonly name: string
  readonly release: number
  readonly state: string
}

/**
 * Retires the tables named, or those of a release, or, without either, every one that neither this
 * code reads nor a live server. Answers what it retired. Throws UpkeepError.
 */
export async function retire(options: RetireOptions): Promise<string[]> {
  const { client, say } = options
  return asInstaller(client, say, async () => {
    const chosen = await choose(options)
    // Views and referring tables first, so that a table and all that depends on it can go together.
    for (const table of chosen) {
      await flip(client, table, chosen)
      await dropReadTable(client, table.name)
      say(`${table.name} is gone; its events stay in the log`)
    }
    return chosen.map(({ name }) => name)
  })
}

async function choose({
  client,
  directory,
  tables,
  release,
  say,
}: RetireOptions): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select id, name, release, state from read.tables
     order by state = 'demoted' desc, engine.rank_of(name) desc, name`,
  )
  if (tables && tables.length > 0) {
    const unknown = tables.find((name) => !rows.some((row) => row.name === name))
    if (unknown) throw new UpkeepError(`${unknown} is no read table of this database`)
    const building = rows.find(({ name, state }) => tables.includes(name) && state === 'building')
    if (building) {
      throw new UpkeepError(
        `${building.name} is building: let install end, or write its file anew and install again`,
      )
    }
    return rows.filter(({ name }) => tables.includes(name))
  }
  if (release !== undefined) {
    return withoutNeeded(
      client,
      rows.filter((row) => row.release === release && row.state !== 'building'),
      say,
    )
  }
  const releases = await readReleases(directory)
  const ours = newestReadTables(releases, releases.length - 1)
  const unread: Table[] = []
  for (const row of rows) {
    // What a newer release brought waits for servers that this code knows nothing of.
    if (ours.has(row.name) || row.release >= releases.length || row.state === 'building') continue
    const [holder] = await holders(client, row.id)
    if (holder) say(`${row.name} stays: ${holder} reads it`)
    else unread.push(row)
  }
  return withoutNeeded(client, unread, say)
}

/** Those on which nothing depends that stays; of tables nobody named, the others just stay. */
async function withoutNeeded(
  client: ClientBase,
  tables: readonly Table[],
  say: (line: string) => void,
): Promise<Table[]> {
  const going: Table[] = []
  for (const table of tables) {
    const needed = await dependentsOf(client, table, going)
    if (needed.length > 0) say(`${table.name} stays: ${needed.join(', ')} depends on it`)
    else going.push(table)
  }
  return going
}

/** What depends on a table and does not go with it. */
async function dependentsOf(
  client: ClientBase,
  table: Table,
  going: readonly Table[],
): Promise<string[]> {
  const referring = await referringTables(client, table.name)
  return referring.filter((name) => !going.some((other) => other.name === name))
}

/** Makes the table dormant for good, unless somebody reads it or something live refers to it. */
async function flip(client: ClientBase, table: Table, chosen: readonly Table[]): Promise<void> {
  const staying = await dependentsOf(client, table, chosen)
  if (staying.length > 0) {
    throw new UpkeepError(`${table.name} cannot go: ${staying.join(', ')} depends on it`)
  }
  await transaction(client, async () => {
    // Before the append lock, which must not be held while waiting for anything.
    const { rows } = await client.query('select pg_try_advisory_xact_lock(17745, $1) as alone', [
      table.id,
    ])
    if (!rows[0].alone) {
      const reading = await holders(client, table.id)
      throw new UpkeepError(
        `${table.name} cannot go: ${reading.join(', ') || 'somebody'} reads it; stop that server ` +
          'first',
      )
    }
    await client.query('select log.take_append_lock()')
    await client.query(`update read.tables set state = 'retiring' where id = $1`, [table.id])
  })
}

/** Tables with a foreign key to this one, and views over it. */
export async function referringTables(client: ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname::text as name
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and k.confrelid = to_regclass(format('read.%I', $1::text))
       and k.conrelid <> k.confrelid
     union
     select c.relname from pg_depend d
     join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
     join pg_class c on c.oid = r.ev_class
     where d.refclassid = 'pg_class'::regclass and c.oid <> d.refobjid
       and d.refobjid = to_regclass(format('read.%I', $1::text))
     order by name`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** Who holds a lease: name, process and address of each server. */
async function holders(client: ClientBase, id: number): Promise<string[]> {
  const { rows } = await client.query<{ holder: string }>(
    `select format('%s (process %s of the database, %s)',
       coalesce(nullif(a.application_name, ''), 'a server'), l.pid,
       coalesce('from ' || host(a.client_addr), 'local')) as holder
     from pg_locks l left join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.classid = 17745 and l.objid = $1 and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())
       and l.granted and l.pid <> pg_backend_pid()
     order by l.pid`,
    [id],
  )
  return rows.map(({ holder }) => holder)
}
