/** Decides the end of several sessions of one user that give way to another session, all in one append. */

import type { Metadata } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { session } from './session.ts'

/** One decision for each of these sessions that has not been ended yet. */
export async function decideEnds(
  store: EventStore,
  sessionIds: readonly string[],
  metadata: Metadata,
) {
  const decisions = sessionIds.map(async (streamId) => {
    const { state, version } = await store.load(session, streamId)
    const events = session.decide({ type: 'ReplaceSession' }, state)
    return { aggregate: session, streamId, expectedVersion: version, events, metadata }
  })
  return (await Promise.all(decisions)).filter(({ events }) => events.length > 0)
}
