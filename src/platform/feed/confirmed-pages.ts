/**
 * Pages whose events no failover loses. An event can be visible on the primary server before its synchronous standbys
 * have it (`event-store/confirmation.ts`), and what other systems have read cannot be taken back. So a commit first
 * confirms the last event of a page, unless there are no synchronous standbys or a later event was confirmed.
 */

import { Confirmation } from '../event-store/confirmation.ts'
import type { Connectable } from '../postgres/prepared.ts'
import { SupersededError } from '../standby-reads/current-primary.ts'
import { CursorUnknownError, parseCursor, requireCursor } from './cursor.ts'
import type { FeedPage, FeedReader, FeedRequest } from './read-feed.ts'

export type ConfirmPage = (page: Pick<FeedPage, 'last'>) => Promise<void>

/** Creates the function that resolves once the standbys have all events of a page. It throws SupersededError. */
export function createConfirmPage(pool: Pick<Connectable, 'connect'>): ConfirmPage {
  const confirmation = new Confirmation(pool)
  return async ({ last }) => {
    if (!last) return
    try {
      await confirmation.await([last])
    } catch (error) {
      throw new SupersededError(error)
    }
  }
}

/** A request for a page, and the header or parameter that has its cursor. */
export type NamedRequest = FeedRequest & { readonly parameter: string }

/** Reads confirmed pages over a pool. Throws what `FeedReader` and `requireCursor` throw. */
export function createConfirmedReader(
  pool: Connectable,
  reader: FeedReader,
): (request: NamedRequest) => Promise<FeedPage> {
  const confirm = createConfirmPage(pool)
  return async ({ parameter, ...request }) => {
    try {
      const page = await reader.read(pool, request)
      await confirm(page)
      return page
    } catch (error) {
      const cursor = parseCursor(request.after)
      if (!cursor || !(error instanceof CursorUnknownError)) throw error
      // This connection of the pool can lead to a former primary server.
      await requireCursor(pool, cursor, parameter)
      throw new SupersededError(error)
    }
  }
}
