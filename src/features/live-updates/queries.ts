/**
 * What the live stream reads: the end of the log for all listeners, and what one of them missed.
 *
 * Positions are given under one lock that is held to the commit, so whoever has seen a position never
 * meets a smaller one later: everything after a number is all there is to ask for. One statement is
 * one snapshot: what an event is of is as it was when the last event of the page was there.
 */

import { type ExpressionBuilder, sql } from 'kysely'
import type { EventsTable } from '../../platform/event-store/tables.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { messagesAsSent } from '../messages/queries.ts'
import { database, type LiveUpdateTables } from './tables.ts'

/** An event of the log; with the message that it is of, or the receipt that it is. */
export interface EventRow {
  readonly position: string
  readonly type: string
  readonly streamId: string
  readonly id: string | null
  readonly from: string | null
  readonly to: string | null
  readonly content: string | null
  readonly sentAt: string | null
  readonly editedAt: string | null
  readonly deletedAt: string | null
  /** As who sent the message may see it. */
  readonly readAt: string | null
  /** Who read what the writer wrote, up to a message. */
  readonly reader: string | null
  readonly writer: string | null
  readonly upTo: string | null
  readonly recordedAt: string
}

/** Enough for a hundred batches of group append; more come with the next. */
export const pageLength = 500
/** Fifty of the longest messages are two megabytes, which wait for one who reads slowly. */
export const ownPageLength = 50

/** One by one, as the limit has it: a join would read all receipts where there are not yet many. */
const receiptAtEvent = (
  eb: ExpressionBuilder<LiveUpdateTables & { event: EventsTable }, 'event'>,
) =>
  eb
    .selectFrom('log.conversation_read_4')
    .selectAll()
    .whereRef('position', '=', 'event.position')
    .limit(sql.lit(1))
    .as('receipt')

/** Events with what they are of, which is looked up by keys. */
function events() {
  return database
    .selectFrom('log.events as event')
    .leftJoin(messagesAsSent.as('message'), 'message.id', 'event.stream_id')
    .leftJoinLateral(receiptAtEvent, (join) => join.onTrue())
    .select(['event.position', 'event.type', 'event.stream_id as streamId'])
    .select(['message.id', 'message.from', 'message.to', 'message.content'])
    .select(['message.sentAt', 'message.editedAt', 'message.deletedAt', 'message.readAt'])
    .select('event.recorded_at as recordedAt')
    .select(['receipt.user_id as reader', 'receipt.with_id as writer', 'receipt.up_to as upTo'])
    .orderBy('event.position')
}

// Limits are written out, for a plan that knows how few rows there will be.
const after = prepare('listEventsAfter', (param: Param<{ position: string }>) =>
  events().where('event.position', '>', param('position')).limit(sql.lit(pageLength)),
)

interface Missed {
  readonly userId: string
  readonly position: string
}

// By an array of keys: a join would also be made by reading the log along with the places, to the last.
const ownAfter = prepare('listOwnEventsAfter', (param: Param<Missed>) =>
  events().where('event.position', '=', sql<string>`any(${ownPositions(param)})`),
)

/** The places of the next events that are a user's affair, from a page of each kind along an index. */
function ownPositions(param: Param<Missed>) {
  const [userId, position] = [sql`${param('userId')}::uuid`, sql`${param('position')}::bigint`]
  const page = (table: string, column: string) => sql`(
    select position from ${sql.table(table)}
    where ${sql.ref(column)} = ${userId} and position > ${position}
    order by position limit ${sql.lit(ownPageLength)})`
  const messages = ['read.messages_5', 'log.message_edited_5', 'log.message_deleted_5']
  const pages = [
    ...messages.flatMap((table) => [page(table, 'src_id'), page(table, 'dst_id')]),
    page('log.conversation_read_4', 'user_id'),
    page('log.conversation_read_4', 'with_id'),
  ]
  // Without duplicates, for what somebody sent himself.
  return sql`array(${sql.join(pages, sql` union `)} order by position limit ${sql.lit(ownPageLength)})`
}

const last = prepare('findLastPosition', (_param: Param<object>) =>
  database.selectFrom('log.events').select('position').orderBy('position', 'desc').limit(1),
)

/** What happened after a position, to anybody: `pageLength` events at most. */
export function listEventsAfter(on: Queryable, position: bigint): Promise<EventRow[]> {
  return after.all(on, { position: String(position) })
}

/** What happened to a user after a position: `ownPageLength` events at most. */
export function listOwnEventsAfter(
  on: Queryable,
  userId: string,
  position: bigint,
): Promise<EventRow[]> {
  return ownAfter.all(on, { userId, position: String(position) })
}

/** The position of the last event there is; 0 where there is none. */
export async function findLastPosition(on: Queryable): Promise<bigint> {
  return BigInt((await last.first(on, {}))?.position ?? 0)
}
