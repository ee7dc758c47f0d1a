/**
 * Leases: a read table is not retired while a server reads it.
 *
 * A lease is a shared session-level advisory lock on the table's id, on a connection of its own. So it ends
 * with the process, however that ends. The server takes the lease first and then reads the state; retire
 * takes the lock exclusively before it changes the state. So one of the two always sees the other.
 * While the connection is lost the server must read nothing, because the tables can be retired meanwhile.
 *
 * Locks on a standby protect nothing, because retire runs on the primary server and does not see them. So a standby is
 * refused at the start, and leases end when their database server becomes one. After that, a row of `work.readers` shows
 * that the reader can come back (`readers.ts`).
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { commandSession, openSession, type Session } from '../../postgres/session.ts'
import { leaseSpace } from '../advisory-locks.ts'
import { findNotLive } from './find-not-live.ts'
import { beat, beatMs, leave, type Reader, takeReaderLock } from './readers.ts'

/** How often the connection is checked, and the longest time for an answer: ms. */
const heartbeatMs = 1_000
const answerMs = 3_000
const retryMs = 250

export interface Leases {
  /** Whether the server may read: the leases are held, and every table was live after that. */
  readonly held: () => boolean
  close(): Promise<void>
}

export interface LeaseOptions {
  readonly databaseUrl: string
  /** The session of the connection; that of a command when absent. */
  readonly session?: Session
  readonly tables: readonly string[]
  /** The name by which retire reports this server, e.g. `epistle serve http://127.0.0.1:3000`. */
  readonly holder: string
  /** Called when the leases are lost, when an attempt to take them fails, and when they are held again. */
  readonly onChange: (held: boolean, reason?: unknown) => void
}

/** Takes the leases, and takes them again whenever they are lost. Throws NotLiveError or StandbyError. */
export async function holdLeases(options: LeaseOptions): Promise<Leases> {
  const reader = { id: randomUUID(), name: options.holder, tables: options.tables }
  const stop = new AbortController()
  let held = true
  const first = await lease(options, reader)
  const keep = async () => {
    let client = first
    while (!stop.signal.aborted) {
      const reason = await lost(client, reader, stop.signal)
      if (stop.signal.aborted) break
      held = false
      options.onChange(false, reason)
      const next = await leaseAgain(options, reader, reason, stop.signal)
      if (!next) return
      client = next
      held = !stop.signal.aborted
      if (held) options.onChange(true)
    }
    await leave(client, reader).catch(() => undefined)
    await client.end().catch(() => undefined)
  }
  const kept = keep()
  return {
    held: () => held,
    close: async () => {
      stop.abort()
      held = false
      await kept
    },
  }
}

async function lease(options: LeaseOptions, reader: Reader): Promise<pg.Client> {
  const { databaseUrl, session = commandSession, tables, holder } = options
  const client = await openSession(databaseUrl, session, {
    application_name: holder,
    keepAlive: true,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  })
  try {
    // If this machine is lost, PostgreSQL notices within ten seconds and releases the leases.
    await client.query('set tcp_keepalives_idle = 4')
    await client.query('set tcp_keepalives_interval = 2')
    await client.query('set tcp_keepalives_count = 3')
    await refuseStandby(client)
    await takeReaderLock(client, reader)
    await client.query(
      `select pg_advisory_lock_shared(${leaseSpace}, id) from read.tables where name = any ($1)`,
      [tables],
    )
    await requireLive(client, tables)
    await beatIfWritable(client, reader)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

/** Throws NotLiveError unless all of these read tables can be read, live or demoted. */
export async function requireLive(
  on: Parameters<typeof findNotLive>[0],
  tables: readonly string[],
): Promise<void> {
  const [missing] = await findNotLive(on, tables)
  if (missing) throw new NotLiveError(missing.name, missing.state)
}

/** Throws StandbyError where the server of the connection is a standby. */
async function refuseStandby(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ recovering: boolean; database: string }>(
    'select pg_is_in_recovery() as recovering, current_database() as database',
  )
  if (rows[0]?.recovering) throw new StandbyError(rows[0].database)
}

/** A database that accepts no writes for a while has no rows of readers, but their leases hold. */
async function beatIfWritable(client: pg.Client, reader: Reader): Promise<void> {
  await beat(client, reader).catch((error) => {
    if (error.code !== '25006') throw error
  })
}

/**
 * Resolves with the reason when the connection has ended, does not answer in time, or leads to a standby. Until
 * then the reader's row is kept up to date.
 */
async function lost(client: pg.Client, reader: Reader, stop: AbortSignal): Promise<unknown> {
  const ended = new Promise((resolve) => client.once('end', resolve))
  let beaten = performance.now()
  while (!stop.aborted) {
    try {
      await Promise.race([pause(heartbeatMs, undefined, { ref: false, signal: stop }), ended])
      await refuseStandby(client)
      if (performance.now() - beaten < beatMs || stop.aborted) continue
      beaten = performance.now()
      await beatIfWritable(client, reader)
    } catch (error) {
      if (stop.aborted) break
      client.end().catch(() => undefined)
      return error
    }
  }
  return undefined
}

/** Retries until the leases are held; reports each new reason once. Returns undefined when closed. */
async function leaseAgain(
  options: LeaseOptions,
  reader: Reader,
  lossReason: unknown,
  stop: AbortSignal,
): Promise<pg.Client | undefined> {
  let reported = String(lossReason)
  while (!stop.aborted) {
    await pause(retryMs)
    try {
      return await lease(options, reader)
    } catch (error) {
      const reason = String(error)
      if (reason !== reported) options.onChange(false, error)
      reported = reason
    }
  }
  return undefined
}

/** The server of the database is a standby, where no retirement sees a lease. */
export class StandbyError extends Error {
  override readonly name = 'StandbyError'

  constructor(database: string) {
    super(
      `the server of the database ${database} is a standby, where leases protect no read table; connect to ` +
        'the primary server',
    )
  }
}

/** A read table that a server needs is not live; the message names the command to run. */
export class NotLiveError extends Error {
  override readonly name = 'NotLiveError'
  readonly table: string

  constructor(table: string, state: string) {
    super(
      `the read table ${table}, which this release reads, is ${state}, not live; ${advice(state)}`,
    )
    this.table = table
  }
}

function advice(state: string): string {
  if (state === 'retiring') {
    return 'finish its retirement with `epistle retire`, and start a newer release of this server'
  }
  return (
    'run `epistle install` of this release; if the database has a newer release and the table was ' +
    'retired, start a newer release of this server instead'
  )
}
