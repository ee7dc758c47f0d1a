/**
 * The meaning of DATABASE_URL, the same in every command: the address that pg connects to.
 *
 * It follows libpq's URIs (PostgreSQL, section 34.1.1.2), Unix sockets included. A `%` that begins no escape
 * stands for itself. Only the address, the login, TLS and `options` are taken. Parameters of our own
 * connections, such as their names and timeouts, cannot be given there.
 */

import type { ClientConfig } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'

/** What a DATABASE_URL gives a connection. Whatever is absent has pg's default, such as PGHOST. */
export type DatabaseAddress = Pick<
  ClientConfig,
  'host' | 'port' | 'user' | 'password' | 'database' | 'ssl' | 'sslnegotiation' | 'options'
>

/** DATABASE_URL cannot be parsed. The message contains nothing of the URL, which can contain a password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError'
}

/** The form of a DATABASE_URL, for messages. */
export const databaseUrlForm =
  'postgres://user:password@host:port/database, in whose user and password each % # ? / and @ is ' +
  'percent-encoded (%25 %23 %3F %2F %40)'

/** Parses a DATABASE_URL, and reads the certificate files that it names. Throws DatabaseUrlError. */
export function parseDatabaseUrl(given: string): DatabaseAddress {
  const url = encodeRest(given.trim())
  const [, authority = '', path = ''] = urlParts.exec(url) ?? []
  // An @ behind the host is the end of a password with an unescaped character: the host would be wrong.
  if (authority === '' || path.includes('@') || /[#\p{Cc}]/u.test(url)) throw malformed()
  try {
    const config: ClientConfig & { dbname?: string } = parseIntoClientConfig(url)
    const { host, port, user, password, ssl, sslnegotiation, options, dbname } = config
    // pg-connection-string leaves escapes such as %23 in the name.
    const database = dbname ?? decodeURIComponent(path.slice(1))
    if (host?.includes(',')) throw severalHosts()
    const address = { host, port, user, password, database, ssl, sslnegotiation, options }
    return Object.fromEntries(Object.entries(address).filter(([, it]) => (it ?? '') !== ''))
  } catch (error) {
    if (error instanceof DatabaseUrlError) throw error
    throw isFileError(error) ? unreadable(error) : malformed()
  }
}

/** Whether a text can be parsed; does not report certificate files that cannot be read. */
export function isDatabaseUrl(text: string): boolean {
  try {
    parseDatabaseUrl(text)
    return true
  } catch (error) {
    return error instanceof DatabaseUrlError && isFileError(error.cause)
  }
}

/**
 * A URL for each host of one that names several as libpq does: `postgres://user:password@host:port,host:port/database`.
 * The name of each is for messages.
 */
export function hostsOf(given: string): readonly { readonly name: string; readonly url: string }[] {
  const url = given.trim()
  const [, scheme = '', login = '', hosts = '', rest = ''] = severalParts.exec(url) ?? []
  if (!hosts.includes(',')) return [{ name: hosts || 'standby', url }]
  return hosts.split(',').map((name) => ({ name, url: `${scheme}${login}${name}${rest}` }))
}

const severalParts = /^(\w+:\/\/)([^/@]*@)?([^/?#]*)(.*)$/s

/** Whether each host of a text makes a URL that can be parsed. */
export function isDatabaseUrlOfHosts(text: string): boolean {
  return hostsOf(text).every(({ name, url }) => name !== '' && isDatabaseUrl(url))
}

/** Scheme and authority, and the path. */
const urlParts = /^(postgres(?:ql)?:\/\/[^/?#]*)(\/[^?#]*)?/i

/** Encodes what libpq takes literally: a space, a % that begins no escape, and ? or # in the login. */
function encodeRest(url: string): string {
  return url
    .replaceAll(/%(?![0-9a-f]{2})/gi, '%25')
    .replaceAll(' ', '%20')
    .replace(/^(\w+:\/\/)([^/@]*)(?=@)/, (_, scheme: string, login: string) => {
      return scheme + login.replaceAll('?', '%3F').replaceAll('#', '%23')
    })
}

function malformed(): DatabaseUrlError {
  return new DatabaseUrlError(`DATABASE_URL is not a valid URL; expected ${databaseUrlForm}`)
}

function severalHosts(): DatabaseUrlError {
  return new DatabaseUrlError('DATABASE_URL names several hosts; name the one that accepts writes')
}

function unreadable(cause: Error): DatabaseUrlError {
  return new DatabaseUrlError(
    `cannot read a certificate or key that DATABASE_URL names (${cause.message}); check the path, its owner ` +
      'and its permissions',
    { cause },
  )
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
