/**
 * The database connections of a server or worker: under the service role, with a limit on how long any
 * statement may run.
 *
 * Each connection takes the role before its first query, whatever login the URL names, so the owner's rights
 * cannot be misused. The role, its rights and the installed schemas are checked before the first request.
 * Leases check separately that the read tables are live.
 */

import type pg from 'pg'
import type { Logger } from 'pino'
import { explain } from './explain-error.ts'
import { DatabaseUrlError, parseDatabaseUrl } from './platform/postgres/database-url.ts'
import { requireOwnSessions } from './platform/postgres/pooler.ts'
import { whyReadOnly } from './platform/postgres/read-only.ts'
import {
  beginSession,
  openSession,
  type Session,
  SessionError,
} from './platform/postgres/session.ts'
import { SharingPool } from './platform/postgres/sharing-pool.ts'
import type { Sockets } from './platform/postgres/sockets.ts'
import { serviceRole } from './platform/read-models/install/service-role.ts'

/** The server or worker cannot start. The message contains the reason and what to do. */
export class ServeError extends Error {
  override readonly name = 'ServeError'
}

interface PoolOptions {
  readonly databaseUrl: string
  readonly size: number
  readonly log: Logger
  /** Collects the sockets of all connections, so that all can be destroyed at once. */
  readonly sockets?: Sockets
  /** Called with each new connection, which is given up if it throws. */
  readonly admit?: (client: pg.PoolClient) => Promise<void>
}

interface ServicePoolOptions extends PoolOptions {
  readonly readTables: readonly string[]
}

/**
 * The session of every connection of a server or worker. Our statements take milliseconds; one that runs into
 * these timeouts waits for something that will not happen, so it is better to report an error to its caller.
 */
export const serviceSession: Session = {
  role: serviceRole,
  statementTimeout: '15s',
  idleInTransactionTimeout: '5s',
  findsByKey: true,
  keepsPlans: true,
}

/** Throws ServeError where a connection pooler would not give each connection a session of its own. */
export async function checkPooler(databaseUrl: string): Promise<void> {
  await orRefuse(requireOwnSessions(databaseUrl))
}

/** The result of opening something. Throws ServeError instead of what pg throws. */
export function orRefuse<T>(opening: Promise<T>): Promise<T> {
  return opening.catch((error: unknown) => {
    throw refusal(error)
  })
}

/** Opens the pool and checks the role, its rights and the installed schemas. Throws ServeError. */
export async function openServicePool(options: ServicePoolOptions): Promise<pg.Pool> {
  let pool: pg.Pool | undefined
  try {
    pool = createServicePool(options)
    await checkRights(pool, options.readTables)
    return pool
  } catch (error) {
    await pool?.end()
    throw error instanceof ServeError ? error : refusal(error)
  }
}

/**
 * Opens one connection with the session of the pools, for an owner who keeps it and repeats a few statements. With
 * `pipeline`, as by default, several queries can be on their way at once. Nothing is checked again, and a query has no
 * limit of time but that of the session.
 */
export function openServiceClient(
  databaseUrl: string,
  sockets: Sockets,
  { pipeline = true }: { readonly pipeline?: boolean } = {},
): Promise<pg.Client> {
  const options = { ...connectionOptions, pipeline, stream: sockets.open }
  return openSession(databaseUrl, serviceSession, options)
}

/**
 * Opens a connection for replays on the admin port. Their statements may take a minute, and the database plans them for
 * whole tables. `end` breaks off a statement that runs.
 */
export function openReplayClient(databaseUrl: string, sockets: Sockets): Promise<pg.Client> {
  const session = { role: serviceRole, statementTimeout: '60s', idleInTransactionTimeout: '5s' }
  const limits = { query_timeout: 70_000, stream: sockets.open }
  return openSession(databaseUrl, session, { ...connectionOptions, ...limits })
}

const connectionOptions = {
  application_name: 'epistle',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
}

/** What the log contains about it. */
export const lostIdleConnection = 'lost an idle connection to the database'

/** A pool whose connections have the session of the service. Nothing else is checked. */
export function createServicePool(options: PoolOptions): pg.Pool {
  const { databaseUrl, size, log, sockets, admit } = options
  const pool = new SharingPool({
    ...parseDatabaseUrl(databaseUrl),
    ...connectionOptions,
    onConnect: async (client) => {
      await beginSession(client, serviceSession)
      await admit?.(client as pg.PoolClient)
    },
    // One stays open, so a pool that shares a limit with others always has a connection.
    min: 1,
    max: size,
    // Slightly longer than statement_timeout, for a server that no longer answers.
    query_timeout: 20_000,
    onRefused: (err, connections) =>
      log.warn(
        { err, connections },
        'the database allows no more connections; queries share those that are open',
      ),
    ...(sockets && { stream: sockets.open }),
  })
  pool.on('error', (err) => log.warn({ err }, lostIdleConnection))
  return pool
}

async function checkRights(pool: pg.Pool, readTables: readonly string[]): Promise<void> {
  const { rows } = await pool.query(
    `select current_user = $1 as taken,
            (select rolsuper from pg_roles where rolname = current_user) as super,
            to_regclass('log.events') is not null and to_regclass('read.tables') is not null
              as installed,
            exists (select from pg_tables where schemaname = 'limits' and tablename = 'counts')
              and to_regclass('sessions.uses') is not null
              and to_regclass('work.readers') is not null
              and to_regclass('work.verifications') is not null
              and to_regclass('work.webhooks') is not null
              and to_regclass('work.job_progress') is not null
              and to_regprocedure('log.check_read_tables(text, uuid[], text[])') is not null
              and to_regprocedure('log.standbys()') is not null
              and to_regproc('log.compare_as_of') is not null as current`,
    [serviceRole],
  )
  const { taken, super: isSuperuser, installed, current } = rows[0]
  if (!taken || isSuperuser) {
    throw new ServeError(
      `the connection does not run under the role ${serviceRole}; connect with a login that is a member ` +
        'of that role only',
    )
  }
  const readOnly = await whyReadOnly(pool)
  if (readOnly !== undefined) throw new ServeError(readOnly)
  if (!installed) {
    throw new ServeError('nothing is installed in this database; run `epistle install` first')
  }
  if (!current) {
    throw new ServeError(
      'an older version installed this database, and functions or tables that this one needs are missing; ' +
        'run `epistle install` first',
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

function refusal(error: unknown): ServeError {
  if (error instanceof SessionError || error instanceof DatabaseUrlError) {
    return new ServeError(error.message, { cause: error })
  }
  const first = error instanceof AggregateError ? error.errors[0] : error
  const { message } = first as Error
  // PostgreSQL names the role when it does not exist or the login is not a member of it.
  if (message.includes(serviceRole)) {
    return new ServeError(
      `the role ${serviceRole} does not exist, or this login is not a member of it (${message}); run ` +
        '`epistle install`, which creates the role or prints the statements for an administrator',
      { cause: error },
    )
  }
  const reason = explain(error) ?? `${message}; check DATABASE_URL`
  return new ServeError(`cannot use the database: ${reason}`, { cause: error })
}
