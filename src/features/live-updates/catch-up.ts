/**
 * Catching up: sends a new listener the events it missed, page by page, as fast as its client reads
 * them. Once it reaches the position of the hub it becomes live, and the hub sends it new events.
 *
 * There is no gap and no duplicate. The switch happens synchronously between two events of the event
 * loop, and a listener drops every frame up to its own position.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { FairQueue } from '../../platform/fair-queue.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { toBytes } from './frames.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import { readPage } from './missed-events.ts'

export interface CatchUpDeps {
  readonly pool: Queryable
  readonly hub: Hub
  /** Limits how many pages are read at once; see `createPageLimit`. */
  readonly pageLimit: FairQueue
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
  const { userId, position: after } = listener
  const { events, position } = await readPage(pool, { userId, after, reached: hub.position })
  // Without the leases, the tables may have been retired before they were read.
  if (!hub.mayRead) return
  for (const event of events) listener.receive(event.id, toBytes(event))
  if (listener.position < position) listener.position = position
}
