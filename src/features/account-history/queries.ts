/** The query for account activity: one page of a user's events, read along the key of the table. */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import type { Param, Queryable } from '../../platform/postgres/prepared.ts'
import { type AccountEvent, database } from './tables.ts'

/** An account event; `position` is its place in the list. */
export interface AccountEventRow {
  readonly type: AccountEvent | 'password_reset'
  /** RFC 3339. */
  readonly occurredAt: string
  readonly sessionId: string | null
  readonly position: string
}

/** A password set outside a session was set with the token from an e-mail, or by the operator. */
const type = sql<AccountEventRow['type']>`
  case when what = 'password_changed' and session_id is null then 'password_reset' else what end`

const pages = inBothOrders('listHistory', (param: Param<OwnPage>, { order, beyond }) =>
  database
    .selectFrom('read.user_history_7')
    .select(['happened_at as occurredAt', 'session_id as sessionId', 'position'])
    .select(type.as('type'))
    .where('user_id', '=', param('userId'))
    .where('position', beyond, param('key'))
    .orderBy('position', order)
    .limit(param('fetch')),
)

/** One page of a user's account events. */
export function listHistory(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<AccountEventRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
