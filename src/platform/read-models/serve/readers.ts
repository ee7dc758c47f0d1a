/**
 * Readers: the servers and workers of a database in a table, which a failover keeps while it ends their leases
 * (`db/machinery/04-service/5-readers.sql`). What may not happen while one reads is refused until a reader without
 * leases is back, or was not seen for a minute.
 */

import { type ClientBase, DatabaseError } from 'pg'
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

/** The query for the absent readers among those of a condition. */
const absentQuery = (condition: string): string => `
  select format('%s (last seen %s s ago, and without leases now)', name,
    greatest(0, extract(epoch from clock_timestamp() - seen_at))::int) as reader
  from work.readers r
  where seen_at > clock_timestamp() - interval '1 minute' and ${condition}
    and seen_on is distinct from pg_postmaster_start_time()
    and not exists (
      select from pg_locks l
      where ${heldIn(readerSpace)} and l.objid = hashtext(r.id::text)::oid)
  order by seen_at desc, id`

/**
 * Describes the readers of a table, or of any, that were seen within the last minute and hold no lease: they do not
 * have the lock of a reader either.
 */
export async function absentReaders(client: ClientBase, table?: string): Promise<string[]> {
  // An older machinery has no such table.
  if (!(await relationExists(client, 'work.readers'))) return []
  const { rows } = await client.query<{ reader: string }>(
    absentQuery('($1::text is null or $1 = any (tables))'),
    [table ?? null],
  )
  return rows.map(({ reader }) => reader)
}

/** Throws MaintenanceError where a reader of a table was seen within the last minute and holds no lease. */
export async function refuseAbsentReaders(
  client: ClientBase,
  table: string,
  what: Removed,
): Promise<void> {
  const absent = await absentReaders(client, table)
  if (absent.length > 0) throw absentError(table, what, absent.join(', '))
}

type Removed = 'retired' | 'demoted'

function absentError(table: string, what: Removed, absent: string, cause?: Error) {
  const message = `${table} cannot be ${what}: ${absent} can come back and read it; ${awaitReaders}`
  return new MaintenanceError(message, { cause })
}

/** The SQLSTATE of `raiseIfAbsent`. */
const absentState = 'EP001'

/**
 * The statement that raises an error where `refuseAbsentReaders` would throw: a reader can lose its leases after that,
 * while the transaction waits for a lock.
 */
export function raiseIfAbsent(client: ClientBase, table: string): string {
  return `do $$
    declare absent text;
    begin
      if to_regclass('work.readers') is null then return; end if;
      select string_agg(reader, ', ') into absent
      from (${absentQuery(`${client.escapeLiteral(table)} = any (tables)`)}) readers;
      if absent is null then return; end if;
      raise exception using errcode = '${absentState}', detail = absent,
        message = 'a server or worker that reads the table has lost its leases';
    end $$`
}

/** Runs a transaction with `raiseIfAbsent`, whose error becomes that of `refuseAbsentReaders`. */
export async function explainingAbsence<T>(
  table: string,
  what: Removed,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== absentState) throw error
    throw absentError(table, what, error.detail ?? 'a server or worker', error)
  }
}

/** What to do about absent readers, for messages. */
export const awaitReaders =
  'wait until every reader holds its leases again or was not seen for a minute, then run the command again'
