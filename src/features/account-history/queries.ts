/**
 * The query for account activity: one page of a user's events, read along the key of the table. The device and the
 * label of a session are looked up in the session's own events, so they are shown after its end, too.
 */

import { type ExpressionBuilder, sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import type { Param, Queryable } from '../../platform/postgres/prepared.ts'
import {
  type AccountEvent,
  type AccountHistoryTables,
  database,
  type UserHistoryTable,
} from './tables.ts'

/** An account event; `position` is its place in the list. */
export interface AccountEventRow {
  readonly type: AccountEvent | 'password_reset'
  /** RFC 3339. */
  readonly occurredAt: string
  readonly sessionId: string | null
  readonly userAgent: string | null
  /** The last label of the session. */
  readonly label: string | null
  readonly position: string
}

/** A password set outside a session was set with the token from an e-mail, or by the operator. */
const type = sql<AccountEventRow['type']>`
  case when what = 'password_changed' and session_id is null then 'password_reset' else what end`

type AtEvent = ExpressionBuilder<AccountHistoryTables & { history: UserHistoryTable }, 'history'>

/** How the session began. The limits make it a look-up by key for each event of the page. */
const startOf = (eb: AtEvent) =>
  eb
    .selectFrom('log.events as first')
    .innerJoin('log.session_started_10 as started', 'started.position', 'first.position')
    .whereRef('first.stream_id', '=', 'history.session_id')
    .where('first.stream_version', '=', sql.lit(1))
    .select(['started.user_agent', 'started.label'])
    .limit(sql.lit(1))
    .as('start')

/** The last change of the session's label. */
const relabellingOf = (eb: AtEvent) =>
  eb
    .selectFrom('log.events as change')
    .innerJoin('log.session_labelled_10 as labelled', 'labelled.position', 'change.position')
    .whereRef('change.stream_id', '=', 'history.session_id')
    .where('change.type', '=', sql.lit('session_labelled_10'))
    .select(['labelled.label', 'labelled.position'])
    .orderBy('change.stream_version', 'desc')
    .limit(sql.lit(1))
    .as('relabelling')

const label = sql<string | null>`
  case when relabelling.position is null then start.label else relabelling.label end`

const pages = inBothOrders('listHistory', (param: Param<OwnPage>, { order, beyond }) =>
  database
    .selectFrom('read.user_history_7 as history')
    .leftJoinLateral(startOf, (join) => join.onTrue())
    .leftJoinLateral(relabellingOf, (join) => join.onTrue())
    .select(['history.happened_at as occurredAt', 'history.session_id as sessionId'])
    .select(['start.user_agent as userAgent', label.as('label'), 'history.position'])
    .select(type.as('type'))
    .where('history.user_id', '=', param('userId'))
    .where('history.position', beyond, param('key'))
    .orderBy('history.position', order)
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
