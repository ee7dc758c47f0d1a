/**
 * Catching up: what a listener missed is read for him, page by page, as fast as he takes it, until
 * he is where everybody is; then he is told with everybody. No gap and no duplicate, because that is
 * decided between two events of this process, and by the position he has reached.
 */

import type { Queryable } from '../postgres/prepared.ts'
import { frameFor } from './events.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import { listOwnEventsAfter, ownPageLength } from './queries.ts'

/** Tells a listener of the hub what he missed, and makes him live. */
export async function catchUp(on: Queryable, hub: Hub, listener: Listener): Promise<void> {
  const { userId } = listener
  while (listener.position < hub.position && !listener.isOver) {
    // Before the query: what it shows is then at least everything up to there.
    const reached = hub.position
    const rows = await listOwnEventsAfter(on, userId, listener.position)
    for (const row of rows) {
      const frame = frameFor(userId, row)
      if (frame) listener.tell(frame)
    }
    const last = rows.length < ownPageLength ? reached : BigInt(rows.at(-1)?.position ?? 0)
    if (listener.position < last) listener.position = last
    await listener.drained()
  }
  listener.isLive = true
}
