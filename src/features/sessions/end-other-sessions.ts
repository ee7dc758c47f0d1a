/**
 * A user ends all their sessions but the one of the request, such as after the loss of a device.
 *
 * All of them end in one append. A login that was recorded between the query and the append is found by the next
 * query and ends in a further append. So once the response is there, no session is left that started before the
 * first append. Logins after it are not affected.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import {
  beyondLastPosition,
  type Metadata,
  type Recorded,
} from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { decideEnds } from './decide-ends.ts'
import type { OwnSession } from './log-out.ts'
import { findOtherSessions, type OtherSessions } from './queries.ts'

/** Each attempt fails only if another request has just ended or labelled one of the sessions. */
const ATTEMPTS = 10

interface Deps {
  readonly pool: Queryable
  readonly store: EventStore
}

/** Ends the user's other sessions. Returns what was recorded last; undefined if there was no other session. */
export async function endOtherSessions(deps: Deps, by: OwnSession): Promise<Recorded | undefined> {
  const { userId, sessionId } = by
  const first = await endOnce(deps, by, { userId, sessionId, before: beyondLastPosition })
  let last = first
  while (first) {
    const more = await endOnce(deps, by, { userId, sessionId, before: first.position })
    if (!more) break
    last = more
  }
  return last
}

/** Ends all sessions of a user, for an operator. Returns undefined if there was none. */
export function endAllSessions(
  deps: Deps,
  userId: string,
  metadata: Metadata,
): Promise<Recorded | undefined> {
  return endOtherSessions(deps, { userId, sessionId: noSession, metadata })
}

/** The nil UUID: no session has it. */
const noSession = '00000000-0000-0000-0000-000000000000'

function endOnce({ pool, store }: Deps, { metadata }: OwnSession, which: OtherSessions) {
  return retryOnConflict(ATTEMPTS, async () => {
    const { ids, last } = await findOtherSessions(pool, which)
    const decisions = await decideEnds(store, ids, metadata)
    if (decisions.length > 0) return store.appendAll(decisions).catch(asConflict)
    // Where others have just ended the sessions, a newer snapshot has the ends.
    const isNewer = ids.length > 0
    await store.confirm([isNewer ? (await findOtherSessions(pool, which)).last : last])
    return undefined
  })
}

/** A session that a change of the password has just ended is no longer found by the next attempt. */
function asConflict(error: unknown): never {
  if (!(error instanceof RejectedError) || error.code !== 'not_found') throw error
  throw new RejectedError('version_conflict', error.message)
}
