/**
 * Catching up: what a listener missed is read for him, page by page, as fast as he takes it, until
 * he is where everybody is; then he is told with everybody. No gap and no duplicate, because that is
 * decided between two events of this process, and by the position he has reached.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import { createSemaphore, type Semaphore } from '../../platform/semaphore.ts'
import { frameFor } from './events.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import { listOwnEventsAfter, ownPageLength } from './queries.ts'

export interface CatchUpDeps {
  readonly pool: Queryable
  readonly hub: Hub
  /** In which pages are read. */
  readonly turns: Semaphore
}

/**
 * How many pages of a server are read and told at once. One takes some milliseconds of this process, in
 * which nobody else is served: when fifty of one user came back at once, others waited for all of
 * them. Four keep the database busy; whoever catches up waits for his turn, as long as it takes.
 */
export function createTurns(): Semaphore {
  return createSemaphore({ concurrency: 4, maxWaiting: Number.POSITIVE_INFINITY })
}

/** Tells a listener of the hub what he missed, and makes him live. */
export async function catchUp(deps: CatchUpDeps, listener: Listener): Promise<void> {
  while (listener.position < deps.hub.position && !listener.isOver) {
    await deps.turns(() => tellPage(deps, listener))
    await listener.drained()
  }
  listener.isLive = true
}

async function tellPage({ pool, hub }: CatchUpDeps, listener: Listener): Promise<void> {
  if (listener.isOver) return
  const { userId } = listener
  // Before the query: what it shows is then at least everything up to there.
  const reached = hub.position
  const rows = await listOwnEventsAfter(pool, userId, listener.position)
  for (const row of rows) {
    const frame = frameFor(userId, row)
    if (frame) listener.tell(frame)
  }
  const last = rows.length < ownPageLength ? reached : BigInt(rows.at(-1)?.position ?? 0)
  if (listener.position < last) listener.position = last
}
