/**
 * Connection poolers: whether each of our connections keeps a session of the database to itself.
 *
 * Leases and the locks of install are locks of a session, and the settings of a connection are a session's.
 * A pooler that gives every transaction another session would drop them without an error, and hand our role
 * to other programs. Such a pooler is found before anything is set.
 */

import pg from 'pg'
import { parseDatabaseUrl } from './database-url.ts'
import { SessionError } from './session.ts'

/** How long (ms) an answer may take. */
const answerMs = 5_000
/** On a busy pooler another program can take a session between two of our statements, but not every time. */
const rounds = 3

/**
 * Throws SessionError where a pooler between us and the database does not pool whole sessions; otherwise
 * what pg throws.
 */
export async function requireOwnSessions(databaseUrl: string): Promise<void> {
  await using open = new AsyncDisposableStack()
  const first = await connect(databaseUrl, open)
  // A pooler cannot give a client the process of a session, because it has none for it yet.
  if ((await processOf(first)) === Reflect.get(first, 'processID')) return
  const second = await connect(databaseUrl, open)
  await processOf(second).catch((cause) => {
    throw tooFew(cause)
  })
  for (let round = 0; round < rounds; round += 1) {
    if (await sharesSession(first, second)) throw notOwn()
    if (await sharesSession(second, first)) throw notOwn()
  }
}

/**
 * Whether two connections use the same session, or one changes its session. While `holder` has a transaction
 * open, its session cannot be given away, so `other` gets another one if it had the same.
 */
async function sharesSession(holder: pg.Client, other: pg.Client): Promise<boolean> {
  const before = await processOf(other)
  try {
    await holder.query('begin')
    const held = await processOf(holder)
    return held === before || (await processOf(other)) !== before
  } catch (error) {
    // A pooler of single statements refuses transactions.
    if (error instanceof pg.DatabaseError && /transaction/i.test(error.message)) return true
    throw error
  } finally {
    await holder.query('rollback').catch(() => undefined)
  }
}

/** The process of the session that serves this statement, whatever timeout the session has. */
async function processOf(client: pg.Client): Promise<number> {
  const text = 'set local statement_timeout = 0; select pg_catalog.pg_backend_pid() as process'
  const results = (await client.query(text)) as unknown as pg.QueryResult[]
  return results.at(-1)?.rows[0].process
}

async function connect(databaseUrl: string, open: AsyncDisposableStack): Promise<pg.Client> {
  const client = new pg.Client({
    ...parseDatabaseUrl(databaseUrl),
    application_name: 'epistle',
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  })
  client.on('error', () => undefined)
  open.defer(() => client.end().catch(() => undefined))
  await client.connect()
  return client
}

function notOwn(): SessionError {
  return new SessionError(
    'the connection pooler in DATABASE_URL gives each transaction another session of the database; set its ' +
      'pool mode to session, or connect to PostgreSQL itself',
  )
}

function tooFew(cause: Error): SessionError {
  return new SessionError(
    `the connection pooler in DATABASE_URL gave no second connection (${cause.message}); raise its pool size ` +
      'above the number of connections that all servers, workers and commands open',
    { cause },
  )
}
