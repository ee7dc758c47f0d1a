/** A user logs out: ends the current session, or another one of their own. */

import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { session } from './session.ts'

/** A concurrent request for the same session finds it ended in its second attempt; one is spare. */
const ATTEMPTS = 3

export interface Logout {
  readonly sessionId: string
  readonly userId: string
  readonly metadata: Metadata
}

/** Ends an active session of this user. Throws `not_found` for any other session. */
export function logOut(
  { store }: { readonly store: EventStore },
  { sessionId, userId, metadata }: Logout,
): Promise<Appended> {
  return retryOnConflict(ATTEMPTS, async () => {
    const { state, version } = await store.load(session, sessionId)
    const events = session.decide({ type: 'EndSession', userId, now: new Date() }, state)
    return store.append({
      aggregate: session,
      streamId: sessionId,
      expectedVersion: version,
      events,
      metadata,
    })
  })
}
