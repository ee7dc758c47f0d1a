/**
 * The queries about sessions. A session is active until it is ended or expires. The database's clock decides,
 * because all servers share it.
 */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import type { FindSession } from '../../platform/http/principal.ts'
import { batchLookups } from '../../platform/postgres/batched-lookups.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { database, sessionsTable } from './tables.ts'

/** An active session as its user sees it; `position` orders the list. */
export interface SessionRow {
  readonly id: string
  /** RFC 3339, both. */
  readonly startedAt: string
  readonly expiresAt: string
  readonly position: string
}

const activeSessions = database
  .selectFrom(`read.${sessionsTable}`)
  .where('expires_at', '>', sql<string>`now()`)

const byTokens = prepare('findSessionsByTokens', (param: Param<{ hashes: readonly string[] }>) =>
  activeSessions
    .select(['id as sessionId', 'user_id as userId', 'expires_at as expiresAt'])
    .select(sql<string>`encode(token_hash, 'hex')`.as('tokenHash'))
    .where(sql<boolean>`token_hash = any(${param('hashes')}::bytea[])`),
)

const activeById = prepare('findLiveSessions', (param: Param<{ ids: readonly string[] }>) =>
  activeSessions.select('id').where(sql<boolean>`id = any(${param('ids')}::uuid[])`),
)

/** Many only after an import: the rest end with the next logins. */
const maxOldest = 100

const oldest = prepare('findOldestSessions', (param: Param<{ userId: string; keep: number }>) =>
  activeSessions
    .select('id')
    .where('user_id', '=', param('userId'))
    .orderBy('position', 'desc')
    .offset(param('keep'))
    .limit(sql.lit(maxOldest)),
)

const pages = inBothOrders('listSessions', (param: Param<OwnPage>, { order, beyond }) =>
  activeSessions
    .select(['id', 'started_at as startedAt', 'expires_at as expiresAt', 'position'])
    .where('user_id', '=', param('userId'))
    .where('position', beyond, param('key'))
    .orderBy('position', order)
    .limit(param('fetch')),
)

/** Finds the active session of a token, by the token's SHA-256. Concurrent calls share one query. */
export function sessionFinder(on: Queryable): FindSession {
  const find = batchLookups({
    lookUp: (hashes) => byTokens.all(on, { hashes }),
    keyOf: ({ tokenHash }) => `\\x${tokenHash}`,
  })
  return async (tokenHash) => {
    const found = await find(tokenHash)
    if (!found) return undefined
    const { sessionId, userId, expiresAt } = found
    return { sessionId, userId, expiresAt: new Date(expiresAt) }
  }
}

/** Those of these sessions that are active. */
export async function findLiveSessions(
  on: Queryable,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set((await activeById.all(on, { ids })).map(({ id }) => id))
}

/** The ids of a user's active sessions, except for the newest ones, of which it keeps this many. */
export async function findOldestSessions(
  on: Queryable,
  userId: string,
  keep: number,
): Promise<string[]> {
  return (await oldest.all(on, { userId, keep })).map(({ id }) => id)
}

/** One page of a user's active sessions. */
export function listSessions(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<SessionRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
