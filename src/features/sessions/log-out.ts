/** A user logs out: ends the current session, or another one of their own. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findOwnSession } from './queries.ts'
import { session, sessionNotFound } from './session.ts'

/** A concurrent request for the same session finds it ended in its second attempt; one is spare. */
const ATTEMPTS = 3

/** A command on one of the user's sessions. */
export interface OwnSession {
  readonly sessionId: string
  readonly userId: string
  readonly metadata: Metadata
}

/** Ends an active session of this user. Throws `not_found` for any other session. */
export async function logOut(
  { pool, store }: { readonly pool: Queryable; readonly store: EventStore },
  { sessionId, userId, metadata }: OwnSession,
): Promise<Appended> {
  if (!(await findOwnSession(pool, sessionId, userId))) throw sessionNotFound()
  return retryOnConflict(ATTEMPTS, async () => {
    const { state, version } = await store.load(session, sessionId)
    const events = session.decide({ type: 'EndSession', userId }, state)
    return store.append({
      aggregate: session,
      streamId: sessionId,
      expectedVersion: version,
      events,
      metadata,
    })
  })
}

/** Ends a session of this user unless it has ended or expired: then undefined. */
export function endIfActive(
  deps: Parameters<typeof logOut>[0],
  own: OwnSession,
): Promise<Appended | undefined> {
  return logOut(deps, own).catch((error: unknown) => {
    if (error instanceof RejectedError && error.code === 'not_found') return undefined
    throw error
  })
}
