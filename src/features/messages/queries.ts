/**
 * The queries for messages. Every page is read along an index from its first row, so it costs the same
 * in a box of ten messages and in one of ten million.
 */

import { type AliasableExpression, type ExpressionBuilder, type Selectable, sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import {
  boundedPage,
  type PageRequest,
  shortContent,
  withinPageBytes,
} from '../../platform/postgres/page.ts'
import { anyOf, type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { type MessageFilter, prepareForBoxes } from './boxes.ts'
import { database, type MessagesTable, type MessageTables } from './tables.ts'

export interface MessageRow {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Null if the message was deleted. */
  readonly content: string | null
  /** RFC 3339, like all times here. */
  readonly sentAt: string
  readonly editedAt: string | null
  readonly deletedAt: string | null
  /** When the recipient read it; for the sender only. */
  readonly readAt: string | null
  /** How often it was sent, edited and deleted: 1 if it was only sent. */
  readonly version: number
  readonly position: string
}

/** All rows of the table, with its own columns. */
export const allMessages = database.selectFrom('read.messages_10 as message').selectAll()

/** A query for some rows of the table. */
type MessageSelection = AliasableExpression<Selectable<MessagesTable>>

function withoutReceipts(selection: MessageSelection, content = wholeContent) {
  return database
    .selectFrom(selection.as('message'))
    .select(['message.id', 'src_id as from', 'dst_id as to', content.as('content')])
    .select(['sent_at as sentAt', 'edited_at as editedAt', 'deleted_at as deletedAt'])
    .select(['message.version', 'message.position'])
}

const wholeContent = sql<string | null>`content`

/** Messages as a user sees them: only the sender sees when a message was read. Does not check access. */
export function messages(
  param: Param<{ userId: string }>,
  selection: MessageSelection = allMessages,
  content = wholeContent,
) {
  return withoutReceipts(selection, content).select((eb) =>
    eb.case().when('src_id', '=', param('userId')).then(readAt(eb)).end().as('readAt'),
  )
}

/** Messages as their senders see them. */
export const messagesAsSent = withoutReceipts(allMessages).select((eb) => readAt(eb).as('readAt'))

/** The time of the first receipt that covers the message. */
function readAt(eb: ExpressionBuilder<MessageTables & { message: MessagesTable }, 'message'>) {
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
    .where('message.id', '=', param('id'))
    .where((eb) => eb.or([eb('src_id', '=', param('userId')), eb('dst_id', '=', param('userId'))])),
)

/** The message, for its sender and its recipient only. */
export function findMessage(
  on: Queryable,
  id: string,
  userId: string,
): Promise<MessageRow | undefined> {
  return byId.first(on, { id, userId })
}

const positionsById = prepare('findMessagePositions', (param: Param<{ ids: readonly string[] }>) =>
  database
    .selectFrom('read.messages_10')
    .select(['id', 'position'])
    .where(sql<boolean>`id = ${anyOf(param('ids'), 'uuid')}`),
)

/** The positions of messages that exist, in the order of their ids. */
export async function findPositions(on: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await positionsById.all(on, { ids })
  const byId = new Map(rows.map(({ id, position }) => [id, position]))
  return ids.map((id) => byId.get(id) as string)
}

// The page is selected first, so receipts are looked up for its messages only.
const short = prepareForBoxes('listMessages', (selectPage, param, direction) =>
  messages(param, selectPage(allMessages, param, direction), shortContent(param('fetch'))).orderBy(
    'message.position',
    direction.order,
  ),
)
const bounded = prepareForBoxes('listLongMessages', (selectPage, param, direction) => {
  const page = selectPage(allMessages, param, direction)
  return messages(param, withinPageBytes(page, direction.order)).orderBy(
    'message.position',
    direction.order,
  )
})

/** One page of a user's messages. */
export function listMessages(
  on: Queryable,
  filter: MessageFilter,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<MessageRow[]> {
  const { userId, with: other } = filter
  const queries = { short: short(filter, order), bounded: bounded(filter, order) }
  return boundedPage(queries, on, { userId, with: other ?? userId, key, fetch })
}
