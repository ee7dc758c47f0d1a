/**
 * A user's profile as it was: his stream, folded as far as it had come at an instant. Nothing is kept
 * for it, and a stream that this code cannot read throws UnknownEventError, as for a command.
 */

import { sql } from 'kysely'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import type { Profile } from './queries.ts'
import { database } from './tables.ts'
import { user } from './user.ts'

// An instant stands for its whole millisecond, for answers show no finer: at the `registeredAt` that
// one of them told, the user is there.
const extent = prepare('findExtentAt', (param: Param<{ id: string; at: Date }>) =>
  database
    .selectFrom('log.events')
    .where('stream_id', '=', param('id'))
    .where('recorded_at', '<', sql<string>`${param('at')}::timestamptz + interval '1 millisecond'`)
    .select(({ fn }) => [
      fn.max('stream_version').as('version'),
      fn.min('recorded_at').as('registeredAt'),
    ]),
)

/** The profile at an instant, and its version then; undefined before the registration. */
export async function findProfileAt(
  { pool, store }: { readonly pool: Queryable; readonly store: EventStore },
  id: string,
  at: Date,
): Promise<Profile | undefined> {
  const { version, registeredAt } = (await extent.first(pool, { id, at })) ?? {}
  if (!version || !registeredAt) return undefined
  const { state } = await store.load(user, id, version)
  if (state.status !== 'registered') return undefined
  const { email, username, emailVerified } = state
  return { id, email, username, registeredAt, emailVerified, version }
}
