/**
 * Catching up: what a listener missed is read for him, page by page, as fast as he takes it, until
 * he is where everybody is; then he is told with everybody. No gap and no duplicate, because that is
 * decided between two events of this process, and by the position he has reached.
 */

import { listMessages } from '../messaging/queries.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { messageFrame } from './events.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'

/** Fifty of the longest messages are two megabytes. */
const fetch = 50

/** Tells a listener of the hub what he missed, and makes him live. */
export async function catchUp(on: Queryable, hub: Hub, listener: Listener): Promise<void> {
  const { userId } = listener
  while (listener.position < hub.position && !listener.isOver) {
    // Before the query: what it shows is then at least everything up to there.
    const reached = hub.position
    const page = { key: String(listener.position), order: 'asc', fetch } as const
    const rows = await listMessages(on, { userId }, page)
    for (const row of rows) listener.tell(messageFrame('message_sent', row))
    if (rows.length < fetch && listener.position < reached) listener.position = reached
    await listener.drained()
  }
  listener.isLive = true
}
