/**
 * An export: everything that the log records about a user, as lines. It is read page by page up to the position that
 * the log had at its start. The log only grows, and positions are in the order of commits, so the pages together are one
 * snapshot, although no transaction stays open while a client reads slowly.
 */

import type { FairQueue } from '../../platform/fair-queue.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { toLine, toText } from './lines.ts'
import { listPersonalEvents, pageLength } from './queries.ts'

export interface ExportOf {
  readonly userId: string
  /** The last position that the export contains. */
  readonly upTo: string
  readonly exportedAt: Date
}

export interface ExportDeps {
  readonly pool: Queryable
  /** Limits how many pages the exports of this server read at once. */
  readonly pageLimit: FairQueue
  /** Whether the leases on the read tables are held. */
  readonly mayRead: () => boolean
  /** Whether the session of the request is active. */
  readonly isActive: () => Promise<boolean>
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal
}

/** The text of an export, a page of lines at a time. Throws where a page cannot be read; its last line is then missing. */
export async function* exportLines(
  { pool, pageLimit, mayRead, isActive, gone }: ExportDeps,
  { userId, upTo, exportedAt }: ExportOf,
): AsyncGenerator<string> {
  yield toText({ type: 'export_started', userId, upTo, exportedAt })
  let events = 0
  let after = '0'
  for (;;) {
    const rows = await pageLimit({ key: userId, gone }, () =>
      listPersonalEvents(pool, { userId, after, upTo }),
    )
    // A client can read for hours. The end of its session ends the export, as it ends a live stream.
    if (!(await isActive())) throw new Error('the session of the export has ended')
    if (!mayRead()) throw new Error('the leases on the read tables were lost')
    if (rows.length > 0) yield rows.map((row) => toLine(userId, row)).join('')
    events += rows.length
    if (rows.length < pageLength) break
    after = rows.at(-1)?.position as string
  }
  yield toText({ type: 'export_ended', events })
}
