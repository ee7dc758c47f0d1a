/**
 * Which messages of a user are asked for: one box or both, with anybody or with one other user; and
 * along which index each is read in order, so that nobody else's are looked at. What is made of the
 * messages found there is the query's.
 */

import { type Compilable, type SelectQueryBuilder, sql } from 'kysely'
import { inBothOrders, type Order, type OwnPage, type Way } from '../../platform/postgres/page.ts'
import type { Param, Prepared } from '../../platform/postgres/prepared.ts'
import { database, type MessagesTable, type MessageTables } from './tables.ts'

export type Box = 'inbox' | 'sent'

/** Which messages of a user: one box or both, with one other user or with anybody. */
export interface MessageFilter {
  readonly userId: string
  readonly box?: Box | undefined
  readonly with?: string | undefined
}

/** Whose messages, beyond which position, and how many at most. */
export interface Place extends OwnPage {
  readonly with: string
}

/** Columns of messages, their position among them. */
type Messages<Row> = SelectQueryBuilder<MessageTables & { message: MessagesTable }, 'message', Row>

/** Messages of a box in order: those of `columns` that are at the place given. */
export type BoxOf<P extends Place> = <Row>(
  columns: Messages<Row>,
  param: Param<P>,
  way: Way,
) => Messages<Row>

/** Prepares a query for each box and order; answers which of them is meant. */
export function prepareForBoxes<P extends Place, Row>(
  name: string,
  build: (box: BoxOf<P>, param: Param<P>, way: Way) => Compilable<Row>,
): (filter: MessageFilter, order: Order) => Prepared<P, Row> {
  const ofBox = (suffix: string, box: BoxOf<P>) =>
    inBothOrders(`${name}.${suffix}`, (param: Param<P>, way) => build(box, param, way))
  const withAnybody = {
    inbox: ofBox('inbox', inbox),
    sent: ofBox('sent', sent),
    both: ofBox('both', either),
  }
  const withOne = {
    inbox: ofBox('inboxWith', (columns, param, way) =>
      conversation(columns, param, way).where('dst_id', '=', param('userId')),
    ),
    sent: ofBox('sentWith', (columns, param, way) =>
      conversation(columns, param, way).where('src_id', '=', param('userId')),
    ),
    both: ofBox('bothWith', conversation),
  }
  return ({ box, with: other }, order) =>
    (other === undefined ? withAnybody : withOne)[box ?? 'both'][order]
}

function page<Row>(columns: Messages<Row>, param: Param<Place>, way: Way): Messages<Row> {
  return columns
    .where('message.position', way.beyond, param('key'))
    .orderBy('message.position', way.order)
    .limit(param('fetch'))
}

function inbox<Row>(columns: Messages<Row>, param: Param<Place>, way: Way): Messages<Row> {
  return page(columns, param, way).where('dst_id', '=', param('userId'))
}

function sent<Row>(columns: Messages<Row>, param: Param<Place>, way: Way): Messages<Row> {
  return page(columns, param, way).where('src_id', '=', param('userId'))
}

/** Two pages, one along each index, then the page of both: `or` would read and sort every message. */
function either<Row>(columns: Messages<Row>, param: Param<Place>, way: Way): Messages<Row> {
  // What somebody sent himself is in both boxes, and is taken from the sent ones.
  const received = inbox(columns, param, way).where('src_id', '<>', param('userId'))
  const both = database
    .selectFrom(sent(columns, param, way).as('sent'))
    .selectAll()
    .unionAll(database.selectFrom(received.as('received')).selectAll())
    .orderBy(sql.ref('position'), way.order)
    .limit(param('fetch'))
  // Rows of the same columns; that they come from two selections is nobody's concern.
  return both as unknown as Messages<Row>
}

/** Both directions between two users, in the very words of the index. */
function conversation<Row>(columns: Messages<Row>, param: Param<Place>, way: Way): Messages<Row> {
  const [a, b] = [sql`${param('userId')}::uuid`, sql`${param('with')}::uuid`]
  return page(columns, param, way)
    .where(sql`least(src_id, dst_id)`, '=', sql`least(${a}, ${b})`)
    .where(sql`greatest(src_id, dst_id)`, '=', sql`greatest(${a}, ${b})`)
}
