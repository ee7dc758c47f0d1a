/**
 * Sentences for the errors of commands: which error has a cause that an operator can change, and what to do.
 *
 * Only an error that means a fault of the program, or of a release's SQL, is printed with its stack.
 */

import pg from 'pg'

/** Errors whose message is enough for the person who ran the command. */
const expected = new Set([
  'UsageError',
  'ConfigError',
  'LettersError',
  'DatabaseUrlError',
  'SessionError',
  'EmbeddedPostgresError',
  'InstallError',
  'ReleaseError',
  'BuildError',
  'MaintenanceError',
  'LockError',
  'NotLiveError',
  'StandbyError',
  'ServeError',
  'ConnectionError',
  'UnavailableError',
  'UnconfirmedError',
  'StoppedError',
  'OperatorError',
  'EndpointError',
  'TargetError',
])

/** The message for the operator; undefined for an error whose stack must be printed. */
export function explain(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0])
  if (!(error instanceof Error)) return undefined
  if (expected.has(error.name)) return error.message
  const advice = error instanceof pg.DatabaseError ? databaseAdvice(error) : systemAdvice(error)
  return advice && `${error.message}; ${advice}`
}

/** By SQLSTATE (PostgreSQL, appendix A); the first that matches. */
const databaseAdvices: readonly [RegExp, string][] = [
  [/^42501/, 'run the command with a DATABASE_URL whose user owns the database'],
  [
    /^25006/,
    'the database accepts no writes: connect to the primary server, or find out why ' +
      'default_transaction_read_only is on and reset it for the role and the database',
  ],
  [/^53100/, 'free space on the disk of the database, then run the command again'],
  [/^53300/, 'end other connections, or raise the limit of the role, database or server'],
  [/^53/, 'raise this limit of the database server, then run the command again'],
  [/^(?:28|3D)/, 'check the login and the database in DATABASE_URL'],
  [/^57014/, 'a timeout or an administrator ended the statement; run the command again'],
  [/^55P03/, 'another session holds a lock; run the command again'],
  [/^08/, 'check DATABASE_URL, and the log of the connection pooler if there is one'],
  [/^(?:25P0[34]|57P)/, 'the database ended the connection; run the command again'],
  [/^(?:58|XX00[12])/, 'read the log of the database server'],
]

function databaseAdvice({ code = '', message }: pg.DatabaseError): string | undefined {
  if (message.includes('startup parameter')) {
    return 'remove this parameter from DATABASE_URL: the connection pooler does not accept it'
  }
  return databaseAdvices.find(([sqlstate]) => sqlstate.test(code))?.[1]
}

/** Codes of OpenSSL and of Node's TLS, for certificates and keys. */
const tls =
  /^(?:ERR_(?:TLS|SSL|OSSL)|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE))/

function systemAdvice(error: Error): string | undefined {
  const { code = '', syscall } = error as NodeJS.ErrnoException
  if (tls.test(code)) return 'check the certificates and sslmode in DATABASE_URL'
  if (syscall === undefined) return undefined
  if (/^(?:connect|getaddrinfo)$/.test(syscall) || /^E(?:CONN|PIPE|TIMEDOUT)/.test(code)) {
    return 'check DATABASE_URL and that PostgreSQL is running'
  }
  return 'check this path, its owner and its permissions, and the space on its disk'
}
