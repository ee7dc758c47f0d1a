/**
 * Selects the messages a user asks for: one box or both, with all users or with one. Each selection
 * reads along an index in order, so it never touches messages of other users. What to do with the
 * selected messages is left to the query.
 */

import { type Compilable, type SelectQueryBuilder, sql } from 'kysely'
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

/**
 * Prepares a query for each box and order, with pages of at most so many rows. The returned function picks the one for
 * a filter.
 */
export function prepareForBoxes<P extends MessagePage, Row>(
  name: string,
  most: number,
  build: (selectPage: SelectPage<P>, param: Param<P>, direction: Direction) => Compilable<Row>,
): (filter: MessageFilter, order: Order) => Prepared<P, Row> {
  const prepareBox = (suffix: string, select: SelectFrom) =>
    inBothOrders(`${name}.${suffix}`, (param: Param<P>, direction) => {
      const selectPage: SelectPage<P> = (columns, param, direction) =>
        select(columns, { param, direction, most })
      return build(selectPage, param, direction)
    })
  const withAllUsers = {
    inbox: prepareBox('inbox', inbox),
    sent: prepareBox('sent', sent),
    both: prepareBox('both', bothBoxes),
  }
  const withOneUser = {
    inbox: prepareBox('inboxWith', (columns, place) =>
      conversation(columns.where('dst_id', '=', place.param('userId')), place),
    ),
    sent: prepareBox('sentWith', (columns, place) =>
      conversation(columns.where('src_id', '=', place.param('userId')), place),
    ),
    both: prepareBox('bothWith', conversation),
  }
  return ({ box, with: other }, order) =>
    (other === undefined ? withAllUsers : withOneUser)[box ?? 'both'][order]
}

/** Which page of a selection, and how many rows it can have. */
interface Place {
  readonly param: Param<MessagePage>
  readonly direction: Direction
  readonly most: number
}

type SelectFrom = <Row>(columns: Messages<Row>, place: Place) => Messages<Row>

/**
 * The first rows beyond a position. PostgreSQL keeps a plan only where it expects no more of it than of a plan for one
 * call. Of an unknown limit it expects a tenth of the rows, so without the known one it planned each page out of
 * thousands of messages.
 */
function page<Row>(columns: Messages<Row>, { param, direction, most }: Place): Messages<Row> {
  const first = columns
    .where('message.position', direction.beyond, param('key'))
    .orderBy('message.position', direction.order)
    .limit(sql.lit(most))
  const page = database
    .selectFrom(first.as('message'))
    .selectAll()
    .orderBy(sql.ref('message.position'), direction.order)
    .limit(param('fetch'))
  return page as unknown as Messages<Row>
}

function inbox<Row>(columns: Messages<Row>, place: Place): Messages<Row> {
  return page(columns.where('dst_id', '=', place.param('userId')), place)
}

function sent<Row>(columns: Messages<Row>, place: Place): Messages<Row> {
  return page(columns.where('src_id', '=', place.param('userId')), place)
}

/**
 * One page along each index, then the page of both. A single selection with `or` would read and sort
 * every message of the user.
 */
function bothBoxes<Row>(columns: Messages<Row>, place: Place): Messages<Row> {
  const { param, direction } = place
  // A message to oneself is in both boxes; it is taken from the sent box only.
  const received = inbox(columns.where('src_id', '<>', param('userId')), place)
  const both = database
    .selectFrom(sent(columns, place).as('sent'))
    .selectAll()
    .unionAll(database.selectFrom(received.as('received')).selectAll())
    .orderBy(sql.ref('position'), direction.order)
    .limit(param('fetch'))
  // The rows have the same columns, so callers need not see that they come from two selections.
  return both as unknown as Messages<Row>
}

/** Both directions between two users, by the exact expressions of the index. */
function conversation<Row>(columns: Messages<Row>, place: Place): Messages<Row> {
  const { param } = place
  const [a, b] = [sql`${param('userId')}::uuid`, sql`${param('with')}::uuid`]
  const between = columns
    .where(sql`least(src_id, dst_id)`, '=', sql`least(${a}, ${b})`)
    .where(sql`greatest(src_id, dst_id)`, '=', sql`greatest(${a}, ${b})`)
  return page(between, place)
}
