/**
 * The questions about messages. Every page is read along an index from where it begins, so it costs
 * the same in a box of ten messages and in one of ten million.
 */

import type { AliasableExpression, ExpressionBuilder, NotNull, Selectable } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import type { PageRequest } from '../../platform/postgres/page.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { type MessageFilter, prepareForBoxes } from './boxes.ts'
import { database, type MessagesTable, type MessageTables } from './tables.ts'

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

/** Messages as the table has them. */
export const everyMessage = database.selectFrom('read.messages_5 as message').selectAll()

/** Some of these rows, by whatever query. */
type Picked = AliasableExpression<Selectable<MessagesTable>>

function shown(picked: Picked) {
  return database
    .selectFrom(picked.as('message'))
    .select(['message.id', 'src_id as from', 'dst_id as to', 'content', 'sent_at as sentAt'])
    .select(['edited_at as editedAt', 'deleted_at as deletedAt', 'message.position'])
}

/** Messages as a user sees them, whose they need not be: only who sent one sees when it was read. */
export function messages(param: Param<{ userId: string }>, picked: Picked = everyMessage) {
  return shown(picked).select((eb) =>
    eb.case().when('src_id', '=', param('userId')).then(readAt(eb)).end().as('readAt'),
  )
}

/** Messages as those who sent them see them. */
export const messagesAsSent = shown(everyMessage).select((eb) => readAt(eb).as('readAt'))

/** The first receipt that reaches as far as the message. */
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

// Picked first: when a message was read is looked up for those of the page alone.
const listOf = prepareForBoxes('listMessages', (box, param, way) =>
  messages(param, box(everyMessage, param, way)).orderBy('message.position', way.order),
)

/** One page of a user's messages. */
export function listMessages(
  on: Queryable,
  filter: MessageFilter,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<MessageRow[]> {
  const { userId, with: other } = filter
  return listOf(filter, order).all(on, { userId, with: other ?? userId, key, fetch })
}
