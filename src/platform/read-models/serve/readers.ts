/**
 * Readers: the servers and workers of a database in a table, which a failover keeps while it ends their leases
 * (`db/machinery/04-service/5-readers.sql`). What may not happen while one reads is refused until a reader without
 * leases is back, or was not seen for a minute.
 */

import type { ClientBase } from 'pg'
import { heldIn, leaseSpace, readerSpace } from '../advisory-locks.ts'
import { MaintenanceError } from '../errors.ts'
import { relationExists } from '../tables.ts'

/** How often (ms) a reader updates its row. */
export const beatMs = 10_000

/** A server or worker, from its start to its end. */
export interface Reader {
  readonly id: string
  /** The name that retire and status print. */
  readonly name: string
  /** The read tables that it reads. */
  readonly tables: readonly string[]
}

/** Takes the lock by which a reader with leases is known, until the session ends. */
export async function takeReaderLock(client: ClientBase, { id }: Reader): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(${readerSpace}, hashtext($1))`, [id])
}

/**
 * Records that the reader is there, and deletes the rows of readers that have long been away. Servers of 1.0.0 have
 * leases and write no row, so each reader also writes the rows of those that it sees.
 */
export async function beat(client: ClientBase, { id, name, tables }: Reader): Promise<void> {
  await client.query({
    name: 'readers.beat',
    text: `with long_away as (
        delete from work.readers where seen_at < clock_timestamp() - interval '1 day'
      ), of_others as (
        insert into work.readers (id, name, tables, seen_on)
        select md5(l.pid || ' ' || pg_postmaster_start_time())::uuid, 'a server or worker of version 1.0.0',
          array_agg(t.name), pg_postmaster_start_time()
        from pg_locks l join read.tables t on t.id::bigint = l.objid::bigint
        where ${heldIn(leaseSpace)} and not exists (
          select from pg_locks own where own.pid = l.pid and own.locktype = 'advisory'
            and own.classid = ${readerSpace} and own.objsubid = 2)
        group by l.pid
        on conflict (id) do update set seen_at = clock_timestamp()
      )
      insert into work.readers as r (id, name, tables) values ($1, $2, $3)
      on conflict (id) do update set seen_at = clock_timestamp()`,
    values: [id, name, tables],
  })
}

/** Deletes the row of a reader that stops. */
export async function leave(client: ClientBase, { id }: Reader): Promise<void> {
  await client.query('delete from work.readers where id = $1', [id])
}

/**
 * Describes the readers of a table, or of any, that were seen within the last minute and hold no lease: they do not
 * have the lock of a reader either.
 */
export async function absentReaders(client: ClientBase, table?: string): Promise<string[]> {
  // An older machinery has no such table.
  if (!(await relationExists(client, 'work.readers'))) return []
  const { rows } = await client.query<{ reader: string }>(
    `select format('%s (last seen %s s ago, and without leases now)', name,
       greatest(0, extract(epoch from clock_timestamp() - seen_at))::int) as reader
     from work.readers r
     where seen_at > clock_timestamp() - interval '1 minute' and ($1::text is null or $1 = any (tables))
       and seen_on is distinct from pg_postmaster_start_time()
       and not exists (
         select from pg_locks l
         where ${heldIn(readerSpace)} and l.objid = hashtext(r.id::text)::oid)
     order by seen_at desc, id`,
    [table ?? null],
  )
  return rows.map(({ reader }) => reader)
}

/** Throws MaintenanceError where a reader of a table was seen within the last minute and holds no lease. */
export async function refuseAbsentReaders(
  client: ClientBase,
  table: string,
  what: 'retired' | 'demoted',
): Promise<void> {
  const absent = await absentReaders(client, table)
  if (absent.length === 0) return
  throw new MaintenanceError(
    `${table} cannot be ${what}: ${absent.join(', ')} can come back and read it; ${awaitReaders}`,
  )
}

/** What to do about absent readers, for messages. */
export const awaitReaders =
  'wait until every reader holds its leases again or was not seen for a minute, then run the command again'
