/**
 * Leases: while a server reads a read table, nobody retires it.
 *
 * A lease is a shared session-level advisory lock on the table's id, on a connection of its own,
 * so it ends with the process however that ends. First the lease, then the look at the state:
 * retire takes the lock exclusively before it changes the state, so one of the two sees the other.
 * While the connection is lost nothing may be read, for the tables may be retired meanwhile.
 */

import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { findNotLive } from './live.ts'

/** How often the connection shows that it is alive, and how long it may take to answer: ms. */
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
  readonly tables: readonly string[]
  /** How retire names this server, e.g. `epistle serve http://127.0.0.1:3000`. */
  readonly holder: string
  /** Told whenever leases are lost, could not be had, or are held again. */
  readonly onChange: (held: boolean, reason?: unknown) => void
}

/** Takes the leases, and takes them again whenever they are lost. Throws where a table is not live. */
export async function holdLeases(options: LeaseOptions): Promise<Leases> {
  let closed = false
  let held = true
  let client = await lease(options)
  const done = (async () => {
    while (!closed) {
      const reason = await lost(client, () => closed)
      if (closed) break
      held = false
      options.onChange(false, reason)
      client = (await leaseAgain(options, () => closed)) ?? client
      if (closed) await client.end().catch(() => undefined)
      held = !closed
      if (held) options.onChange(true)
    }
  })()
  return {
    held: () => held,
    close: async () => {
      closed = true
      held = false
      await client.end().catch(() => undefined)
      await done
    },
  }
}

async function lease({ databaseUrl, tables, holder }: LeaseOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: holder,
    keepAlive: true,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    // Should this machine vanish, the server notices within ten seconds.
    await client.query('set tcp_keepalives_idle = 4')
    await client.query('set tcp_keepalives_interval = 2')
    await client.query('set tcp_keepalives_count = 3')
    await client.query(
      `select pg_advisory_lock_shared(17745, id) from read.tables where name = any ($1)`,
      [tables],
    )
    const [missing] = await findNotLive(client, tables)
    if (missing) throw new NotLiveError(missing.name, missing.state)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

/** Resolves with the reason when the connection is gone, or does not answer any more. */
async function lost(client: pg.Client, isClosed: () => boolean): Promise<unknown> {
  const ended = new Promise((resolve) => client.once('end', resolve))
  while (!isClosed()) {
    try {
      await Promise.race([pause(heartbeatMs, undefined, { ref: false }), ended])
      await client.query('select 1')
    } catch (error) {
      client.end().catch(() => undefined)
      return error
    }
  }
  return undefined
}

async function leaseAgain(
  options: LeaseOptions,
  isClosed: () => boolean,
): Promise<pg.Client | undefined> {
  let told: string | undefined
  while (!isClosed()) {
    await pause(retryMs)
    try {
      return await lease(options)
    } catch (error) {
      const reason = String(error)
      if (reason !== told) options.onChange(false, error)
      told = reason
    }
  }
  return undefined
}

/** A read table that a server needs is not live; the message says which command mends it. */
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
    return 'it is being retired: run `epistle retire` to the end, and a newer release of this server'
  }
  return (
    'run `epistle install` of this release on the database, or, where that has a newer release and ' +
    'the table was retired, a newer release of this server'
  )
}
