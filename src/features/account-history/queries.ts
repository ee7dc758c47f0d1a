/** The question about an account's past: one page of it, along the key of its table. */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import type { Param, Queryable } from '../../platform/postgres/prepared.ts'
import { database, type Happening } from './tables.ts'

/** Something that happened to an account; `position` is its place in the list. */
export interface HistoryRow {
  readonly what: Happening | 'password_reset'
  /** RFC 3339. */
  readonly at: string
  readonly sessionId: string | null
  readonly position: string
}

/** Whoever sets a new password outside a session does it by what was mailed to him, or is the operator. */
const told = sql<HistoryRow['what']>`
  case when what = 'password_changed' and session_id is null then 'password_reset' else what end`

const pages = inBothOrders('listHistory', (param: Param<OwnPage>, { order, beyond }) =>
  database
    .selectFrom('read.user_history_7')
    .select(['happened_at as at', 'session_id as sessionId', 'position'])
    .select(told.as('what'))
    .where('user_id', '=', param('userId'))
    .where('position', beyond, param('key'))
    .orderBy('position', order)
    .limit(param('fetch')),
)

/** What happened to a user's account, one page. */
export function listHistory(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<HistoryRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
