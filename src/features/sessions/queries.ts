/**
 * The queries about sessions. A session is active until it is ended or expires. The database's clock decides,
 * because all servers share it.
 *
 * A look-up that finds a session used for the first time on this day (UTC) reports it to the caller, which records
 * the use later (`session-uses.ts`).
 */

import { sql } from 'kysely'
import { beyondLastPosition, type ShownEvent } from '../../platform/event-store/event.ts'
import { lastEvent } from '../../platform/event-store/shown-events.ts'
import type { FindSession } from '../../platform/http/principal.ts'
import { batchLookups } from '../../platform/postgres/batched-lookups.ts'
import { filterOnly } from '../../platform/postgres/filter-only.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import { anyOf, type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { database, sessionsTable } from './tables.ts'

/** An active session as its user sees it; `position` orders the list. */
export interface SessionRow {
  readonly id: string
  /** RFC 3339, all three. */
  readonly startedAt: string
  readonly lastUsedAt: string
  readonly expiresAt: string
  readonly userAgent: string | null
  readonly label: string | null
  readonly position: string
}

/** Called with the id of a session whose use is not recorded for this day yet. */
export type OnUse = (sessionId: string) => void

const notRecorded: OnUse = () => undefined

/** The latest of both: a use moves the expiry to a later time only. */
const expiresAt = sql<string>`greatest(session.expires_at, used.expires_at)`
const lastUsedAt = sql<string>`coalesce(used.used_at, session.started_at)`
const isUseDue = sql<boolean>`
  (coalesce(used.used_at, session.started_at) at time zone 'UTC')::date < (now() at time zone 'UTC')::date`

// The limit makes the last use a look-up by key for each session. A join could read all uses while there are few.
const activeSessions = database
  .selectFrom(`read.${sessionsTable} as session`)
  .leftJoinLateral(
    (eb) =>
      eb
        .selectFrom('sessions.uses')
        .selectAll()
        .whereRef('session_id', '=', 'session.id')
        .limit(sql.lit(1))
        .as('used'),
    (join) => join.onTrue(),
  )
  .where(expiresAt, '>', sql<string>`now()`)

/** The condition, in SQL, that the session with the id in this parameter is active. */
export function isActiveSession(parameter: string): string {
  const session = activeSessions
    .select('session.id')
    .where(sql<boolean>`session.id = ${sql.raw(parameter)}`)
  return `exists (${session.compile().sql})`
}

const byTokens = prepare('findSessionsByTokens', (param: Param<{ hashes: readonly string[] }>) =>
  activeSessions
    .select(['session.id as sessionId', 'session.user_id as userId'])
    .select([expiresAt.as('expiresAt'), isUseDue.as('isUseDue')])
    .select(sql<string>`encode(session.token_hash, 'hex')`.as('tokenHash'))
    .where(sql<boolean>`session.token_hash = ${anyOf(param('hashes'), 'bytea')}`),
)

const activeById = prepare('findLiveSessions', (param: Param<{ ids: readonly string[] }>) =>
  activeSessions
    .select(['session.id', isUseDue.as('isUseDue')])
    .where(sql<boolean>`session.id = ${anyOf(param('ids'), 'uuid')}`),
)

/** Many only after an import: the rest end with the next logins. */
const maxOldest = 100

const leastRecent = prepare(
  'findLeastRecentSessions',
  (param: Param<{ userId: string; keep: number }>) =>
    activeSessions
      .select('session.id')
      .where('session.user_id', '=', param('userId'))
      .orderBy(lastUsedAt, 'desc')
      .orderBy('session.position', 'desc')
      .offset(param('keep'))
      .limit(sql.lit(maxOldest)),
)

const others = prepare('findOtherSessions', (param: Param<OtherSessions>) => {
  const found = activeSessions
    .select('session.id')
    .where('session.user_id', '=', param('userId'))
    .where('session.id', '!=', param('sessionId'))
    .where('session.position', '<', param('before'))
    .orderBy('session.position')
    .limit(maxOldest)
  return database.selectNoFrom([sql<string[]>`array(${found})`.as('ids'), lastEvent.as('last')])
})

const activity = prepare('isSessionActive', (param: Param<{ id: string; userId: string }>) => {
  const found = activeSessions
    .select('session.id')
    .where('session.id', '=', param('id'))
    .where(filterOnly(sql`session.user_id = ${param('userId')}`))
  return database.selectNoFrom([
    sql<boolean>`exists (${found})`.as('isActive'),
    lastEvent.as('last'),
  ])
})

const ofUser = activeSessions
  .select(['session.id', 'session.started_at as startedAt', 'session.position'])
  .select([lastUsedAt.as('lastUsedAt'), expiresAt.as('expiresAt')])
  .select(['session.user_agent as userAgent', 'session.label'])

const pages = inBothOrders('listSessions', (param: Param<OwnPage>, { order, beyond }) =>
  ofUser
    .where('session.user_id', '=', param('userId'))
    .where('session.position', beyond, param('key'))
    .orderBy('session.position', order)
    .limit(param('fetch')),
)

const one = prepare('findOwnSession', (param: Param<{ id: string; userId: string }>) =>
  ofUser
    .where('session.id', '=', param('id'))
    .where(filterOnly(sql`session.user_id = ${param('userId')}`)),
)

/** Finds the active session of a token, by the token's SHA-256. Concurrent calls share one query. */
export function sessionFinder(on: Queryable, onUse = notRecorded): FindSession {
  const find = batchLookups({
    lookUp: (hashes) => byTokens.all(on, { hashes }),
    keyOf: ({ tokenHash }) => `\\x${tokenHash}`,
  })
  return async (tokenHash) => {
    const found = await find(tokenHash)
    if (!found) return undefined
    const { sessionId, userId, expiresAt } = found
    if (found.isUseDue) onUse(sessionId)
    return { sessionId, userId, expiresAt: new Date(expiresAt) }
  }
}

/** Those of these sessions that are active. */
export async function findLiveSessions(
  on: Queryable,
  ids: readonly string[],
  onUse = notRecorded,
): Promise<ReadonlySet<string>> {
  const live = await activeById.all(on, { ids })
  for (const { id, isUseDue } of live) if (isUseDue) onUse(id)
  return new Set(live.map(({ id }) => id))
}

/** The ids of a user's active sessions, except for those used last, of which it keeps this many. */
export async function findLeastRecentSessions(
  on: Queryable,
  userId: string,
  keep: number,
): Promise<string[]> {
  return (await leastRecent.all(on, { userId, keep })).map(({ id }) => id)
}

export interface OtherSessions {
  readonly userId: string
  /** The session that is not among them. */
  readonly sessionId: string
  /** Only sessions that started before this position. */
  readonly before: string
}

/** What a query about sessions is based on. */
interface Backed {
  /** The last event of the log that the query saw. */
  readonly last: ShownEvent | null
}

/** The ids of a user's other active sessions, oldest first; a hundred at most. */
export async function findOtherSessions(
  on: Queryable,
  which: OtherSessions,
): Promise<Backed & { readonly ids: readonly string[] }> {
  return (await others.first(on, which)) ?? { ids: [], last: null }
}

/** Whether a user has this session, and it is active. */
export async function isSessionActive(
  on: Queryable,
  session: { readonly id: string; readonly userId: string },
): Promise<Backed & { readonly isActive: boolean }> {
  return (await activity.first(on, session)) ?? { isActive: false, last: null }
}

/** An active session of a user; undefined if the user has no such session. */
export function findOwnSession(
  on: Queryable,
  id: string,
  userId: string,
): Promise<SessionRow | undefined> {
  return one.first(on, { id, userId })
}

/** One page of a user's active sessions. */
export function listSessions(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<SessionRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
