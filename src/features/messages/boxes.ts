/**
 * Selects the messages a user asks for: one box or both, with all users or with one. Each selection
 * reads along an index in order, so it never touches messages of other users. What to do with the
 * selected messages is left to the query.
 */

import { type Compilable, type SelectQueryBuilder, sql } from 'kysely'
import { filterOnly } from '../../platform/postgres/filter-only.ts'
import {
  type Direction,
  inBothOrders,
  type Order,
  type OwnPage,
} from '../../platform/postgres/page.ts'
import type { Param, Prepared } from '../../platform/postgres/prepared.ts'
import { database, type MessagesTable, type MessageTables } from './tables.ts'

export type Box = 'inbox' | 'sent'

/** Selects from a user's messages: one box or both, with one other user or with all. */
export interface MessageFilter {
  readonly userId: string
  readonly box?: Box | undefined
  readonly with?: string | undefined
}

/** The parameters of a page: the user, the position it starts beyond, its length, the other user. */
export interface MessagePage extends OwnPage {
  readonly with: string
}

/** A selection of message columns, including the position. */
type Messages<Row> = SelectQueryBuilder<MessageTables & { message: MessagesTable }, 'message', Row>

/** Restricts a selection to one page of a box, in order. */
export type SelectPage<P extends MessagePage> = <Row>(
  columns: Messages<Row>,
  param: Param<P>,
  direction: Direction,
) => Messages<Row>

/** Prepares a query for each box and order. The returned function picks the one for a filter. */
export function prepareForBoxes<P extends MessagePage, Row>(
  name: string,
  build: (selectPage: SelectPage<P>, param: Param<P>, direction: Direction) => Compilable<Row>,
): (filter: MessageFilter, order: Order) => Prepared<P, Row> {
  const prepareBox = (suffix: string, selectPage: SelectPage<P>) =>
    inBothOrders(`${name}.${suffix}`, (param: Param<P>, direction) =>
      build(selectPage, param, direction),
    )
  const withAllUsers = {
    inbox: prepareBox('inbox', inbox),
    sent: prepareBox('sent', sent),
    both: prepareBox('both', bothBoxes),
  }
  const withOneUser = {
    inbox: prepareBox('inboxWith', (columns, param, direction) =>
      conversation(columns, param, direction).where(filterOnly(sql`dst_id = ${param('userId')}`)),
    ),
    sent: prepareBox('sentWith', (columns, param, direction) =>
      conversation(columns, param, direction).where(filterOnly(sql`src_id = ${param('userId')}`)),
    ),
    both: prepareBox('bothWith', conversation),
  }
  return ({ box, with: other }, order) =>
    (other === undefined ? withAllUsers : withOneUser)[box ?? 'both'][order]
}

function page<Row>(
  columns: Messages<Row>,
  param: Param<MessagePage>,
  direction: Direction,
): Messages<Row> {
  return columns
    .where('message.position', direction.beyond, param('key'))
    .orderBy('message.position', direction.order)
    .limit(param('fetch'))
}

function inbox<Row>(
  columns: Messages<Row>,
  param: Param<MessagePage>,
  direction: Direction,
): Messages<Row> {
  return page(columns, param, direction).where('dst_id', '=', param('userId'))
}

function sent<Row>(
  columns: Messages<Row>,
  param: Param<MessagePage>,
  direction: Direction,
): Messages<Row> {
  return page(columns, param, direction).where('src_id', '=', param('userId'))
}

/**
 * One page along each index, then the page of both. A single selection with `or` would read and sort
 * every message of the user.
 */
function bothBoxes<Row>(
  columns: Messages<Row>,
  param: Param<MessagePage>,
  direction: Direction,
): Messages<Row> {
  // A message to oneself is in both boxes; it is taken from the sent box only.
  const received = inbox(columns, param, direction).where('src_id', '<>', param('userId'))
  const both = database
    .selectFrom(sent(columns, param, direction).as('sent'))
    .selectAll()
    .unionAll(database.selectFrom(received.as('received')).selectAll())
    .orderBy(sql.ref('position'), direction.order)
    .limit(param('fetch'))
  // The rows have the same columns, so callers need not see that they come from two selections.
  return both as unknown as Messages<Row>
}

/** Both directions between two users, by the exact expressions of the index. */
function conversation<Row>(
  columns: Messages<Row>,
  param: Param<MessagePage>,
  direction: Direction,
): Messages<Row> {
  const [a, b] = [sql`${param('userId')}::uuid`, sql`${param('with')}::uuid`]
  return page(columns, param, direction)
    .where(sql`least(src_id, dst_id)`, '=', sql`least(${a}, ${b})`)
    .where(sql`greatest(src_id, dst_id)`, '=', sql`greatest(${a}, ${b})`)
}
