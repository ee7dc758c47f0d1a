/** A user logs out: ends the current session, or another one of their own. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { isSessionActive } from './queries.ts'
import { session, sessionNotFound } from './session.ts'

/** A concurrent request for the same session finds it ended in its second attempt; one is spare. */
const ATTEMPTS = 3

/** A command on one of the user's sessions. */
export interface OwnSession {
  readonly sessionId: string
  readonly userId: string
  readonly metadata: Metadata
}

interface Deps {
  readonly pool: Queryable
  readonly store: EventStore
}

/** Ends an active session of this user. Throws `not_found` for any other session. */
export async function logOut(deps: Deps, own: OwnSession): Promise<Appended> {
  const { isActive } = await isSessionActive(deps.pool, { id: own.sessionId, userId: own.userId })
  if (!isActive) throw sessionNotFound()
  return end(deps, own)
}

/** Ends a session of this user unless it has ended or expired: then undefined, once the standbys have its end. */
export async function endIfActive(deps: Deps, own: OwnSession): Promise<Appended | undefined> {
  const session = { id: own.sessionId, userId: own.userId }
  let { isActive, last } = await isSessionActive(deps.pool, session)
  if (isActive) {
    const ended = await end(deps, own).catch(unlessNotFound)
    if (ended) return ended
    // Another request has just ended it.
    last = (await isSessionActive(deps.pool, session)).last
  }
  await deps.store.confirm([last])
  return undefined
}

function end({ store }: Deps, { sessionId, userId, metadata }: OwnSession): Promise<Appended> {
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

function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof RejectedError) || error.code !== 'not_found') throw error
}
