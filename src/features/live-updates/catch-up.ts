/**
 * Catching up: sends a new listener the events it missed, page by page, as fast as its client reads
 * them. Once it reaches the position of the hub it becomes live, and the hub sends it new events.
 *
 * There is no gap and no duplicate. The switch happens synchronously between two events of the event
 * loop, and a listener drops every frame up to its own position.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { createFairQueue, type FairQueue } from '../../platform/fair-queue.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { frameFor } from './events.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import { listOwnEventsAfter } from './queries.ts'

export interface CatchUpDeps {
  readonly pool: Queryable
  readonly hub: Hub
  /** Limits how many pages are read at once; see `createPageLimit`. */
  readonly pageLimit: FairQueue
}

/**
 * Limits how many pages a server reads and sends at once, to four. A page blocks the event loop for some
 * milliseconds: when fifty streams of one user reconnected at once, other requests waited for all of
 * them. Four keep the database busy. Further pages wait without a time limit, and users take turns.
 */
export function createPageLimit(): FairQueue {
  return createFairQueue({ concurrency: 4, maxWaiting: Number.POSITIVE_INFINITY })
}

/** How long (ms) a catch-up waits before it looks whether the leases are held again. */
const leasePauseMs = 250

/** Sends a listener of the hub what it missed, and makes it live. */
export async function catchUp(deps: CatchUpDeps, listener: Listener): Promise<void> {
  while (listener.position < deps.hub.position && !listener.isOver) {
    await deps.pageLimit({ key: listener.userId }, () => sendPage(deps, listener))
    await listener.drained()
    if (!deps.hub.mayRead) await pause(leasePauseMs)
  }
  listener.isLive = true
}

async function sendPage({ pool, hub }: CatchUpDeps, listener: Listener): Promise<void> {
  if (listener.isOver || !hub.mayRead) return
  const { userId } = listener
  // Taken before the query, which then sees at least every event up to this position.
  const reached = hub.position
  const { rows, more } = await listOwnEventsAfter(pool, userId, listener.position)
  // Without the leases, the tables may have been retired before they were read.
  if (!hub.mayRead) return
  for (const row of rows) {
    const frame = frameFor(userId, row)
    if (frame) listener.send(frame)
  }
  const last = more ? BigInt(rows.at(-1)?.position ?? 0) : reached
  if (listener.position < last) listener.position = last
}
