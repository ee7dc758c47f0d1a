/**
 * The connections a server works over: under the service role, and with bounds on how long anything
 * may take.
 *
 * The role is taken when a connection starts, whatever login the URL names, so the owner's rights are
 * never there to be misused. That it really is so, and that the database has what the server reads,
 * is checked before the first request; that its read tables are live, by the leases on them.
 */

import pg from 'pg'
import type { Sockets } from './platform/postgres/sockets.ts'
import { serviceRole } from './platform/read-models/install/rights.ts'

/** Serving cannot begin; the message says what was found and what to do. */
export class ServeError extends Error {
  override readonly name = 'ServeError'
}

interface ServicePoolOptions {
  readonly databaseUrl: string
  readonly size: number
  readonly readTables: readonly string[]
  readonly onError: (error: Error) => void
  /** On which all connections are, for whoever may have to hang up. */
  readonly sockets?: Sockets
}

/**
 * What every connection starts with. A statement of ours takes milliseconds; one that takes these
 * seconds waits for something that will not come, and its caller is better told so.
 */
const startup = [
  `-c role=${serviceRole}`,
  // The log refuses any other, whatever the database's default is.
  '-c default_transaction_isolation=read\\ committed',
  // As `timestamps.ts` reads them.
  '-c timezone=UTC',
  '-c datestyle=ISO',
  '-c statement_timeout=15s',
  '-c idle_in_transaction_session_timeout=5s',
]

/** Opens the pool and checks that work can be done over it. Throws ServeError. */
export async function openServicePool(options: ServicePoolOptions): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: serviceUrl(options.databaseUrl),
    max: options.size,
    application_name: 'epistle',
    connectionTimeoutMillis: 5_000,
    // A little later than the server's own timeout, for a server that is no longer there.
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

/** The URL under which every connection of a server starts: our options after its own, so that ours count. */
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
      `the connection does not run under the role ${serviceRole} with its narrow rights; a pooler ` +
        'between may drop startup options: connect with a login that is a member of that role only',
    )
  }
  if (!installed) {
    throw new ServeError('nothing is installed in this database; run `epistle install` on it')
  }
  if (!limited) {
    throw new ServeError(
      'limits.counts is missing, since an older version installed this database; run ' +
        '`epistle install` on it',
    )
  }
  await checkWriting(pool, readTables)
}

/** A role of that name that may write would undo what the database promises. */
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
      `the role ${serviceRole} may write ${writable.name}, which only projections and log.append ` +
        `may; revoke it: revoke insert, update, delete, truncate on ${writable.name} from ` +
        `${serviceRole}`,
    )
  }
}

/** SQLSTATEs that PostgreSQL gives when the role is not there, or not this login's to take. */
const roleRefused = new Set(['22023', '42501', '42704'])

function explain(error: unknown): ServeError {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const { code, message } = first as NodeJS.ErrnoException
  if (code && roleRefused.has(code)) {
    return new ServeError(
      `the role ${serviceRole} is missing, or this login may not take it (${message}); run ` +
        '`epistle install`, which makes it or says what an administrator has to run',
      { cause: error },
    )
  }
  return new ServeError(`the database cannot be used: ${message}; is DATABASE_URL right?`, {
    cause: error,
  })
}
