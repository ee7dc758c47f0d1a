// Every error that a switchover, failover or restart of the database can show a query, through the one place that sorts
// errors: each becomes 503, and the writer tries again. A fault of the program becomes neither.
import pg from 'pg'
import t from 'tap'
import { problemOf } from '../../../src/platform/http/problems/error-to-problem.ts'
import { UnconfirmedError } from '../../../src/platform/postgres/confirmed-commits.ts'
import {
  isAnswer,
  isTransient,
  isUnavailability,
} from '../../../src/platform/postgres/query-errors.ts'
import { ownCluster } from '../../support/faults/cluster.ts'
import { connect } from '../../support/installed.ts'

const ofPostgres = (code: string, severity = 'ERROR') =>
  Object.assign(new pg.DatabaseError('x', 1, 'error'), { code, severity })
const ofNode = (code: string, syscall?: string) =>
  Object.assign(new Error('x'), { code, ...(syscall && { syscall }) })

/** SQLSTATEs after which PostgreSQL keeps the connection. */
const answered = {
  '25006': 'read-only session or standby',
  '26000': 'an earlier query failed to prepare the statement',
  '28000': 'no login, while the configuration changes',
  '3D000': 'the database is created again by a restore',
  '40001': 'conflict with recovery',
  '40P01': 'deadlock',
  '53100': 'disk full',
  '53200': 'out of memory',
  '53300': 'too many connections',
  '55P03': 'lock timeout',
  '57014': 'cancelled: a timeout, an administrator or recovery',
  '58030': 'I/O error',
  '58P01': 'a missing file',
}

/** SQLSTATEs that end the connection, in whatever language the severity is. */
const ended = {
  '08000': 'connection exception',
  '08003': 'connection does not exist',
  '08006': 'connection failure, of a pooler',
  '08P01': 'protocol violation, of a pooler that restarts',
  '25P03': 'idle in transaction for too long',
  '57P01': 'shut down by an administrator',
  '57P02': 'crash of another process',
  '57P03': 'starting up or shutting down',
  '57P04': 'database dropped',
  '57P05': 'idle for too long',
}

/** What pg and pg-pool throw without a code. */
const messages = [
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'Received unexpected commandComplete message from backend.',
  'Cannot use a pool after calling end on the pool',
  'The server does not support SSL connections',
  'There was an error establishing an SSL connection',
]

const sockets = [
  ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTCONN', 'EPROTO'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN', 'ENOTFOUND'],
  ...['ERR_SOCKET_CLOSED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'],
]

const passing: Record<string, unknown> = {
  ...Object.fromEntries(Object.keys(answered).map((code) => [code, ofPostgres(code)])),
  ...Object.fromEntries(Object.keys(ended).map((code) => [code, ofPostgres(code, 'FATALE')])),
  'FATAL with a code that is none of these': ofPostgres('XX000', 'FATAL'),
  PANIC: ofPostgres('XX000', 'PANIC'),
  ...Object.fromEntries(messages.map((message) => [message, new Error(message)])),
  ...Object.fromEntries(sockets.map((code) => [code, ofNode(code)])),
  'a missing socket': ofNode('ENOENT', 'connect'),
  'several addresses': new AggregateError([ofNode('EADDRNOTAVAIL', 'connect')]),
  'a cancelled wait for the standby': new UnconfirmedError(),
}

t.test('Every error of a database that is away for a while is 503 with Retry-After', (t) => {
  for (const [name, error] of Object.entries(passing)) {
    t.ok(isUnavailability(error), name)
    t.ok(isTransient(error), name)
    t.match(problemOf(error), { code: 'unavailable', headers: { 'Retry-After': /\d/ } }, name)
  }
  t.end()
})

t.test('Only an answer that keeps the connection is an answer', (t) => {
  for (const code of Object.keys(answered)) t.ok(isAnswer(ofPostgres(code)), code)
  for (const code of Object.keys(ended)) t.notOk(isAnswer(ofPostgres(code, 'FATALE')), code)
  for (const message of messages) t.notOk(isAnswer(new Error(message)), message)
  t.end()
})

t.test('A fault of the program or of its statements is no unavailability', (t) => {
  const codes = ['22P02', '23505', '42501', '42P01', '42883', '55000', '0A000', 'XX000', 'XX001']
  for (const code of codes) {
    t.notOk(isUnavailability(ofPostgres(code)), code)
    t.notOk(isTransient(ofPostgres(code)), code)
    t.equal(problemOf(ofPostgres(code)).code, 'internal', code)
  }
  for (const error of [new TypeError('x'), ofNode('ENOENT', 'open'), 'text', undefined, null]) {
    t.notOk(isUnavailability(error))
  }
  t.end()
})

t.test(
  'A primary server that becomes a standby refuses what writes, so that it is tried again',
  async (t) => {
    const cluster = await ownCluster(t)
    await cluster.demote()
    const client = await connect(t, cluster.url)
    const writes = [
      `select log.append('[]')`,
      `insert into work.tasks (process) values ('x')`,
      `select nextval('log.events_position_seq')`,
      `select from work.webhooks for update`,
      `listen epistle_log`,
      `select pg_notify('epistle_log', '')`,
    ]
    for (const text of writes) {
      const error = await client.query(text).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (error === undefined) t.match(text, /append/, `${text} writes nothing`)
      else t.ok(isUnavailability(error), `${text}: ${error}`)
    }
    // Its SQLSTATE is that of an internal error, so confirmCommits does not call it there.
    await t.rejects(client.query(`select pg_logical_emit_message(true, '', '')`), { code: 'XX000' })
  },
)
