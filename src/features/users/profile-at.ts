/**
 * A user's profile at an earlier time: the stream, folded up to the version it had at that instant. No read
 * table is needed. A stream with an event of a newer release throws UnknownEventError, as for a command.
 */

import { sql } from 'kysely'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import type { Profile } from './queries.ts'
import { database } from './tables.ts'
import { user } from './user.ts'

// An instant includes its whole millisecond, the precision of responses. So a request for the time in
// `registeredAt` finds the user.
const versionAt = prepare('findVersionAt', (param: Param<{ id: string; at: Date }>) =>
  database
    .selectFrom('log.events')
    .where('stream_id', '=', param('id'))
    .where('recorded_at', '<', sql<string>`${param('at')}::timestamptz + interval '1 millisecond'`)
    .select(({ fn }) => [
      fn.max('stream_version').as('version'),
      fn.min('recorded_at').as('registeredAt'),
    ]),
)

/** The profile and its version at an instant; undefined before the registration. */
export async function findProfileAt(
  { pool, store }: { readonly pool: Queryable; readonly store: EventStore },
  id: string,
  at: Date,
): Promise<Profile | undefined> {
  const { version, registeredAt } = (await versionAt.first(pool, { id, at })) ?? {}
  if (!version || !registeredAt) return undefined
  const { state } = await store.load(user, id, version)
  if (state.status !== 'registered') return undefined
  const { email, username, emailVerified } = state
  return { id, email, username, registeredAt, emailVerified, version }
}
