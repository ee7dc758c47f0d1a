/**
 * The database connections of a server or worker: under the service role, with a limit on how long any
 * statement may run.
 *
 * Each connection takes the role when it starts, whatever login the URL names, so the owner's rights cannot
 * be misused. The role, its rights and the installed schemas are checked before the first request.
 * Leases check separately that the read tables are live.
 */

import pg from 'pg'
import type { Sockets } from './platform/postgres/sockets.ts'
import { serviceRole } from './platform/read-models/install/service-role.ts'

/** The server or worker cannot start. The message contains the reason and what to do. */
export class ServeError extends Error {
  override readonly name = 'ServeError'
}

interface ServicePoolOptions {
  readonly databaseUrl: string
  readonly size: number
  readonly readTables: readonly string[]
  readonly onError: (error: Error) => void
  /** Collects the sockets of all connections, so that all can be destroyed at once. */
  readonly sockets?: Sockets
}

/**
 * Settings of every connection. Our statements take milliseconds; one that runs into these timeouts waits
 * for something that will not happen, so it is better to report an error to its caller.
 */
const startup = [
  `-c role=${serviceRole}`,
  // The log rejects every other isolation level, so the database's default must not apply.
  '-c default_transaction_isolation=read\\ committed',
  // `platform/postgres/timestamps.ts` parses this format.
  '-c timezone=UTC',
  '-c datestyle=ISO',
  '-c statement_timeout=15s',
  '-c idle_in_transaction_session_timeout=5s',
]

/** Opens the pool and checks the role, its rights and the installed schemas. Throws ServeError. */
export async function openServicePool(options: ServicePoolOptions): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: serviceUrl(options.databaseUrl),
    max: options.size,
    application_name: 'epistle',
    connectionTimeoutMillis: 5_000,
    // Slightly longer than statement_timeout, for a server that no longer answers.
    query_timeout: 20_000,
    keepAlive: true,
    ...(options.sockets && { stream: options.sockets.open }),
  })
  pool.on('error', options.onError)
  try {
    await checkRights(pool, options.readTables)
    return pool
  } catch (error) {
    await pool.end()
    throw error instanceof ServeError ? error : explain(error)
  }
}

/** The database URL with our startup options appended, so that they override the URL's own. */
export function serviceUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  const given = url.searchParams.get('options')
  url.searchParams.set('options', [given, ...startup].filter(Boolean).join(' '))
  return url.href
}

async function checkRights(pool: pg.Pool, readTables: readonly string[]): Promise<void> {
  const { rows } = await pool.query(
    `select current_user = $1 as taken,
            (select rolsuper from pg_roles where rolname = current_user) as super,
            to_regclass('log.events') is not null and to_regclass('read.tables') is not null
              as installed,
            exists (select from pg_tables where schemaname = 'limits' and tablename = 'counts')
              as limited`,
    [serviceRole],
  )
  const { taken, super: isSuperuser, installed, limited } = rows[0]
  if (!taken || isSuperuser) {
    throw new ServeError(
      `the connection does not run under the role ${serviceRole}. A connection pooler may drop startup ` +
        'options: connect with a login that is a member of that role only',
    )
  }
  if (!installed) {
    throw new ServeError('nothing is installed in this database; run `epistle install` first')
  }
  if (!limited) {
    throw new ServeError(
      'limits.counts is missing, because an older version installed this database; run ' +
        '`epistle install` first',
    )
  }
  await checkWriting(pool, readTables)
}

/** If the service role could write to these tables, the database could not keep its promises. */
async function checkWriting(pool: pg.Pool, readTables: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select name from unnest($1::text[]) as name
     where to_regclass(name) is not null
       and has_table_privilege(name, 'insert, update, delete, truncate')`,
    [['log.events', ...readTables.map((table) => `read.${table}`)]],
  )
  const [writable] = rows
  if (writable) {
    throw new ServeError(
      `the role ${serviceRole} has write access to ${writable.name}, which is reserved for projections ` +
        `and log.append; run: revoke insert, update, delete, truncate on ${writable.name} from ` +
        `${serviceRole}`,
    )
  }
}

/** SQLSTATEs of PostgreSQL for a role that does not exist or that this login is not a member of. */
const roleRefused = new Set(['22023', '42501', '42704'])

function explain(error: unknown): ServeError {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const { code, message } = first as NodeJS.ErrnoException
  if (code && roleRefused.has(code)) {
    return new ServeError(
      `the role ${serviceRole} does not exist, or this login is not a member of it (${message}); run ` +
        '`epistle install`, which creates the role or prints the statements for an administrator',
      { cause: error },
    )
  }
  return new ServeError(`cannot use the database: ${message}; check DATABASE_URL`, {
    cause: error,
  })
}
