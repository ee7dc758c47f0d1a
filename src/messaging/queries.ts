/**
 * The questions about messages. Every page is read along an index from where it begins, so it costs
 * the same in a box of ten messages and in one of ten million.
 */

import { type Compilable, type ExpressionBuilder, type NotNull, sql } from 'kysely'
import { type Database, database } from '../database.ts'
import { beyondLastPosition } from '../event-store/event.ts'
import type { Order, PageRequest } from '../postgres/page.ts'
import { type Param, type Prepared, prepare, type Queryable } from '../postgres/prepared.ts'
import type { MessagesTable } from './tables.ts'

export interface MessageRow {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Null of a message that was deleted. */
  readonly content: string | null
  /** RFC 3339, as all times here. */
  readonly sentAt: string
  readonly editedAt: string | null
  readonly deletedAt: string | null
  /** For its sender: since when the recipient has read it. */
  readonly readAt: string | null
  readonly position: string
}

export type Box = 'inbox' | 'sent'

/** Which messages of a user: one box or both, with one other user or with anybody. */
export interface MessageFilter {
  readonly userId: string
  readonly box?: Box | undefined
  readonly with?: string | undefined
}

interface Params {
  readonly userId: string
  readonly with: string
  readonly key: string
  readonly fetch: number
}

const columns = database
  .selectFrom('read.messages_5 as message')
  .select(['message.id', 'src_id as from', 'dst_id as to', 'content', 'sent_at as sentAt'])
  .select(['edited_at as editedAt', 'deleted_at as deletedAt', 'message.position'])

/** Messages as a user sees them, whose they need not be: only who sent one sees when it was read. */
export function messages(param: Param<{ userId: string }>) {
  return columns.select((eb) =>
    eb.case().when('src_id', '=', param('userId')).then(readAt(eb)).end().as('readAt'),
  )
}

/** Messages as those who sent them see them. */
export const messagesAsSent = columns.select((eb) => readAt(eb).as('readAt'))

/** The first receipt that reaches as far as the message. */
function readAt(eb: ExpressionBuilder<Database & { message: MessagesTable }, 'message'>) {
  return eb
    .selectFrom('read.receipts_4 as receipt')
    .select('receipt.read_at')
    .whereRef('receipt.user_id', '=', 'message.dst_id')
    .whereRef('receipt.with_id', '=', 'message.src_id')
    .whereRef('receipt.up_to_position', '>=', 'message.position')
    .orderBy('receipt.up_to_position')
    .limit(1)
}

const byId = prepare('findMessage', (param: Param<{ id: string; userId: string }>) =>
  messages(param)
    .select(({ selectFrom }) =>
      selectFrom('log.events as event')
        .whereRef('event.stream_id', '=', 'message.id')
        .select(({ fn }) => fn.max('event.stream_version').as('version'))
        .as('version'),
    )
    .$narrowType<{ version: NotNull }>()
    .where('message.id', '=', param('id'))
    .where((eb) => eb.or([eb('src_id', '=', param('userId')), eb('dst_id', '=', param('userId'))])),
)

/** A message and the version of its stream, in one snapshot. */
export interface FoundMessage extends MessageRow {
  readonly version: number
}

/** The message, for its sender and its recipient only. */
export function findMessage(
  on: Queryable,
  id: string,
  userId: string,
): Promise<FoundMessage | undefined> {
  return byId.first(on, { id, userId })
}

/** One page of a user's messages. */
export function listMessages(
  on: Queryable,
  { userId, box, with: other }: MessageFilter,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<MessageRow[]> {
  const list = (other === undefined ? withAnybody : withOne)[box ?? 'both'][order]
  return list.all(on, { userId, with: other ?? userId, key, fetch })
}

type Place = Param<Params>
type Lists = Record<Box | 'both', Record<Order, Prepared<Params, MessageRow>>>

const withAnybody: Lists = {
  inbox: inBothOrders('listInbox', inbox),
  sent: inBothOrders('listSent', sent),
  both: inBothOrders('listMessages', either),
}

const withOne: Lists = {
  inbox: inBothOrders('listInboxWith', (param, order) =>
    conversation(param, order).where('dst_id', '=', param('userId')),
  ),
  sent: inBothOrders('listSentWith', (param, order) =>
    conversation(param, order).where('src_id', '=', param('userId')),
  ),
  both: inBothOrders('listMessagesWith', conversation),
}

function inBothOrders(
  name: string,
  build: (param: Place, order: Order) => Compilable<MessageRow>,
): Record<Order, Prepared<Params, MessageRow>> {
  return {
    desc: prepare(`${name}.desc`, (param: Place) => build(param, 'desc')),
    asc: prepare(`${name}.asc`, (param: Place) => build(param, 'asc')),
  }
}

function page(param: Place, order: Order) {
  return messages(param)
    .where('message.position', order === 'asc' ? '>' : '<', param('key'))
    .orderBy('message.position', order)
    .limit(param('fetch'))
}

function inbox(param: Place, order: Order) {
  return page(param, order).where('dst_id', '=', param('userId'))
}

function sent(param: Place, order: Order) {
  return page(param, order).where('src_id', '=', param('userId'))
}

/** Two pages, one along each index, then the page of both: `or` would read and sort every message. */
function either(param: Place, order: Order) {
  // What somebody sent himself is in both boxes, and is taken from the sent ones.
  const received = inbox(param, order).where('src_id', '<>', param('userId'))
  return database
    .selectFrom(sent(param, order).as('sent'))
    .selectAll()
    .unionAll(database.selectFrom(received.as('received')).selectAll())
    .orderBy('position', order)
    .limit(param('fetch'))
}

/** Both directions between two users, in the very words of the index. */
function conversation(param: Place, order: Order) {
  const [a, b] = [sql`${param('userId')}::uuid`, sql`${param('with')}::uuid`]
  return page(param, order)
    .where(sql`least(src_id, dst_id)`, '=', sql`least(${a}, ${b})`)
    .where(sql`greatest(src_id, dst_id)`, '=', sql`greatest(${a}, ${b})`)
}
