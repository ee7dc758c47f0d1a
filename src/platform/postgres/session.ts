/**
 * Sessions: every connection to the database begins here, with the settings that our statements rely on.
 *
 * An operator can give a role or a database defaults for any setting (`alter role … set`), which would
 * change how values are written, how long statements may take, or what they do. Each connection therefore
 * sets what it relies on after connecting, in one round trip. Startup options would be shorter, but
 * connection poolers refuse or drop them.
 */

import pg, { type ClientBase, type ClientConfig } from 'pg'
import { parseDatabaseUrl } from './database-url.ts'

/** The settings of a kind of connection. */
export interface Session {
  /** The role that it takes; absent for the login itself. */
  readonly role?: string
  /** How long a statement may run, as PostgreSQL writes times; 0 for any time. */
  readonly statementTimeout: string
  /** How long a transaction may be idle. */
  readonly idleInTransactionTimeout: string
  /** Whether its statements find their rows by key, whatever the statistics say. */
  readonly findsByKey?: boolean
  /** Whether its joins look each row up by key, too: right where a query begins with a few rows. */
  readonly joinsByKey?: boolean
  /** Whether it keeps the plan that it makes at the first call of a prepared statement, whatever the parameters. */
  readonly keepsPlans?: boolean
}

/** The session of a command on the command line: its login's own rights, and no limit of time. */
export const commandSession: Session = { statementTimeout: '0', idleInTransactionTimeout: '0' }

/** The database cannot serve our sessions. The message contains the reason and what to do. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
}

/**
 * What every session relies on. Left to operators are settings that only cost or save time or space, the
 * durability of commits (`synchronous_commit`), and `default_transaction_read_only`: providers set it
 * when a disk is full.
 */
const settings: Readonly<Record<string, string>> = {
  // Of time. Locks have limits of their own where a transaction needs one.
  lock_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // How values are written and read.
  client_encoding: 'UTF8',
  datestyle: 'ISO, MDY',
  timezone: 'UTC',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  transform_null_equals: 'off',
  // What statements mean and do. All our names have a schema.
  search_path: '',
  // The log rejects every other isolation level.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  check_function_bodies: 'on',
  restrict_nonsystem_relation_kind: '',
  gin_fuzzy_search_limit: '0',
  'plpgsql.extra_errors': 'none',
  client_min_messages: 'warning',
  // Compiling takes longer than our statements do.
  jit: 'off',
}

/**
 * A connection keeps the plans of its statements. A plan that was made while a table was small reads the whole table,
 * until autovacuum has looked at it again, and a log can grow by a hundred thousand messages in that minute.
 */
const byKey: Readonly<Record<string, string>> = { enable_seqscan: 'off' }
const joinedByKey: Readonly<Record<string, string>> = {
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
}

/**
 * PostgreSQL plans a prepared statement again at each call while that seems to cost less. If a parameter is an array of
 * one element, a limit or a bound, it never stops doing so, because it estimates a kept plan for ten elements, a tenth of
 * the rows or a third of them. To plan takes longer than most of our statements do. A kept plan is the same for a user
 * with many rows, so it has to be right for all:
 *
 * - A limit is a parameter. Its plan reads the first rows in the order of an index. With a literal that exceeds the rows
 *   of most users, PostgreSQL reads and sorts all rows of any user.
 * - A prefix is two bounds. The plan for `^@` or `like` reads all values.
 * - `exists` within an expression ends with `offset 0`. Without it, PostgreSQL can read the table whole to look up a few
 *   rows, and PostgreSQL 18 does so without regard to `enable_seqscan`.
 */
const keptPlans: Readonly<Record<string, string>> = { plan_cache_mode: 'force_generic_plan' }

/** How long (ms) a new connection may take to answer. */
const answerMs = 5_000

/**
 * Connects and begins the session. `config` completes the address of the URL. Throws SessionError, and
 * otherwise what pg throws.
 */
export async function openSession(
  databaseUrl: string,
  session: Session,
  config: ClientConfig,
): Promise<pg.Client> {
  const client = new pg.Client({ ...parseDatabaseUrl(databaseUrl), ...config })
  // An error between two queries would end the process without a listener; the next query fails with it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await beginSession(client, session)
    return client
  } catch (error) {
    client.end().catch(() => undefined)
    throw error
  }
}

/** Gives a new connection its settings, and checks the database's encoding. Throws SessionError. */
export async function beginSession(client: ClientBase, session: Session): Promise<void> {
  const config = { text: statements(session), query_timeout: answerMs }
  const results = (await client.query(config).catch(explain)) as unknown as pg.QueryResult[]
  const { encoding, name } = results.at(-1)?.rows[0] ?? {}
  if (encoding !== 'UTF8') {
    throw new SessionError(
      `the encoding of the database ${name} is ${encoding}, but Epistle needs UTF8: create another with ` +
        `"create database … encoding 'UTF8' template template0", and set DATABASE_URL to it`,
    )
  }
}

/**
 * All statements in one text. The timeout comes first, because the present one can be too short for the
 * rest; the role comes last, because it may not change all of them. Settings that this version of
 * PostgreSQL does not have are left out.
 */
function statements(session: Session): string {
  const { role, statementTimeout, idleInTransactionTimeout } = session
  const all = {
    ...settings,
    idle_in_transaction_session_timeout: idleInTransactionTimeout,
    ...(session.findsByKey && byKey),
    ...(session.joinsByKey && joinedByKey),
    ...(session.keepsPlans && keptPlans),
  }
  return `
    set statement_timeout = ${pg.escapeLiteral(statementTimeout)};
    select pg_catalog.set_config(key, value, false)
    from pg_catalog.jsonb_each_text(${pg.escapeLiteral(JSON.stringify(all))})
    where pg_catalog.current_setting(key, true) is not null;
    select pg_catalog.set_config('session_replication_role', 'origin', false)
    where pg_catalog.current_setting('session_replication_role') <> 'origin';
    ${role === undefined ? '' : `set role ${pg.escapeIdentifier(role)};`}
    select pg_catalog.current_setting('server_encoding') as encoding,
           pg_catalog.current_database() as name`
}

/** Only superusers may change session_replication_role, but a superuser can have set it for everyone. */
function explain(error: unknown): never {
  if (error instanceof Error && error.message.includes('"session_replication_role"')) {
    throw new SessionError(
      'session_replication_role is not origin in new sessions, so triggers would not run; a superuser ' +
        'must run "alter role … reset session_replication_role" or "alter database … reset ' +
        'session_replication_role"',
      { cause: error },
    )
  }
  throw error
}
