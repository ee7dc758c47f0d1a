/**
 * The questions about sessions. A session is live while nobody ended it and its time has not come;
 * the time is the database's, one clock for all servers.
 */

import { sql } from 'kysely'
import { database } from '../database.ts'
import { beyondLastPosition } from '../event-store/event.ts'
import type { Principal } from '../http/authentication.ts'
import type { Order, PageRequest } from '../http/pages.ts'
import { type Param, prepare, type Queryable } from '../postgres/prepared.ts'

/** A live session as its user sees it; `position` is its place in the list. */
export interface SessionRow {
  readonly id: string
  readonly startedAt: Date
  readonly expiresAt: Date
  readonly position: string
}

const liveSessions = database
  .selectFrom('read.sessions_2')
  .where('expires_at', '>', sql<Date>`now()`)

const byToken = prepare('findSessionByToken', (param: Param<{ tokenHash: Buffer }>) =>
  liveSessions
    .select(['id as sessionId', 'user_id as userId', 'expires_at as expiresAt'])
    .where('token_hash', '=', param('tokenHash')),
)

const pages = { desc: prepareList('desc'), asc: prepareList('asc') }

function prepareList(order: Order) {
  type Params = { userId: string; key: string; fetch: number }
  return prepare(`listSessions.${order}`, (param: Param<Params>) =>
    liveSessions
      .select(['id', 'started_at as startedAt', 'expires_at as expiresAt', 'position'])
      .where('user_id', '=', param('userId'))
      .where('position', order === 'asc' ? '>' : '<', param('key'))
      .orderBy('position', order)
      .limit(param('fetch')),
  )
}

/** The live session that this token's SHA-256 belongs to, and whose it is. */
export function findSessionByToken(
  on: Queryable,
  tokenHash: Buffer,
): Promise<(Principal & { readonly expiresAt: Date }) | undefined> {
  return byToken.first(on, { tokenHash })
}

/** A user's live sessions, one page. */
export function listSessions(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<SessionRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
