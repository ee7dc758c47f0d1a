/**
 * The events of one user after a position, in pages: for streams that catch up, and for requests that take events
 * as a list.
 */

import { createFairQueue, type FairQueue } from '../../platform/fair-queue.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { countedIn, eventFor, type LiveEvent } from './events.ts'
import { listOwnEventsAfter } from './queries.ts'
import { UnreadMessages } from './unread.ts'

/**
 * Limits how many pages a server reads and sends at once, to four. A page blocks the event loop for some
 * milliseconds: when fifty streams of one user reconnected at once, other requests waited for all of
 * them. Four keep the database busy. Further pages wait without a time limit, and users take turns.
 */
export function createPageLimit(): FairQueue {
  return createFairQueue({ concurrency: 4, maxWaiting: Number.POSITIVE_INFINITY })
}

export interface Page {
  readonly events: readonly LiveEvent[]
  /** The user has no other event up to here. */
  readonly position: bigint
}

export interface PageOf {
  readonly userId: string
  readonly after: bigint
  /** A position that the log had reached before. */
  readonly reached: bigint
  /** The greatest number of events; a page of long messages has fewer. */
  readonly limit?: number
}

/** Reads one page. The caller must hold the leases before and after it. */
export async function readPage(
  on: Queryable,
  { userId, after, reached, limit = Number.POSITIVE_INFINITY }: PageOf,
): Promise<Page> {
  const found = await listOwnEventsAfter(on, userId, after)
  const rows = found.rows.slice(0, limit)
  const isCounted = rows.some((row) => countedIn(row)?.userId === userId)
  const unread = isCounted ? await UnreadMessages.load(on, userId) : undefined
  const events = rows.flatMap(
    (row) => eventFor(userId, row, (withId) => unread?.with(withId)) ?? [],
  )
  const isCut = found.more || rows.length < found.rows.length
  // The rows can go beyond `reached`, which was read before. The next page must not repeat them.
  const shown = BigInt(rows.at(-1)?.position ?? after)
  return { events, position: isCut || shown > reached ? shown : reached }
}
