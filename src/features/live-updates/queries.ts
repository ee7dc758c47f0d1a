/**
 * The queries of live updates: new events for all listeners, and the events that one of them missed.
 *
 * Positions are assigned under one lock that is held until the commit. A reader that has seen a position
 * therefore never misses a smaller one, and asking for "everything after it" is enough. One statement
 * is one snapshot, so messages are as they were when the last event of the page existed.
 */

import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely'
import type { EventsTable } from '../../platform/event-store/tables.ts'
import { pageBytes, withinPageBytes } from '../../platform/postgres/page.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { messagesAsSent } from '../messages/queries.ts'
import { database, type LiveUpdateTables } from './tables.ts'

/** An event of the log, joined with its message, its receipt or its block, and with the names of the two users. */
export interface EventRow {
  readonly position: string
  readonly type: string
  readonly streamId: string
  readonly id: string | null
  readonly messagePosition: string | null
  readonly from: string | null
  readonly to: string | null
  readonly content: string | null
  readonly sentAt: string | null
  readonly editedAt: string | null
  readonly deletedAt: string | null
  /** As the sender of the message may see it. */
  readonly readAt: string | null
  readonly version: number | null
  /** The user who read messages from `writer`, up to the message `upTo`. */
  readonly reader: string | null
  readonly writer: string | null
  readonly upTo: string | null
  readonly upToPosition: string | null
  /** The user who blocks or unblocks `blocked`. */
  readonly blocker: string | null
  readonly blocked: string | null
  /** Of `from`, `reader` or `blocker`. */
  readonly firstUsername: string | null
  /** Of `to`, `writer` or `blocked`. */
  readonly secondUsername: string | null
  readonly recordedAt: string
  /** The user whose command this was, and that user's name for the request. */
  readonly actor: string | null
  readonly clientId: string | null
}

/** Enough for a hundred batches of group append; the next page returns the rest. */
export const pageLength = 500
/** A page is buffered for a slow client, so it also ends at `pageBytes`. */
export const ownPageLength = 50

type AtEvent = ExpressionBuilder<LiveUpdateTables & { event: EventsTable }, 'event'>

/** The limit makes it one look-up per event: a join would read all receipts while they are few. */
const receiptAtEvent = (eb: AtEvent) =>
  eb
    .selectFrom('log.conversation_read_4')
    .selectAll()
    .whereRef('position', '=', 'event.position')
    .limit(sql.lit(1))
    .as('receipt')

/** The block that an event begins or ends. The types come first, so that no other event is looked up. */
const blockAtEvent = (eb: AtEvent) => {
  const block = (table: 'user_blocked_6' | 'user_unblocked_6') =>
    eb
      .selectFrom(`log.${table}`)
      .select(['user_id', 'blocked_id'])
      .where('event.type', '=', sql.lit(table))
      .whereRef('position', '=', 'event.position')
  return block('user_blocked_6').unionAll(block('user_unblocked_6')).as('block')
}

/** The name of a user of the event, by key. */
const usernameOf = (user: RawBuilder<string>) =>
  database
    .selectFrom('read.users_2 as user')
    .select('user.username')
    .where('user.id', '=', user)
    .limit(sql.lit(1))

const firstUser = sql<string>`coalesce(message."from", receipt.user_id, block.user_id)`
const secondUser = sql<string>`coalesce(message."to", receipt.with_id, block.blocked_id)`

/** Events with their messages, receipts and blocks, which are looked up by key. */
function events() {
  return database
    .selectFrom('log.events as event')
    .leftJoin(messagesAsSent.as('message'), 'message.id', 'event.stream_id')
    .leftJoinLateral(receiptAtEvent, (join) => join.onTrue())
    .leftJoinLateral(blockAtEvent, (join) => join.onTrue())
    .select(['event.position', 'event.type', 'event.stream_id as streamId'])
    .select(['message.id', 'message.from', 'message.to', 'message.content'])
    .select('message.position as messagePosition')
    .select(['message.sentAt', 'message.editedAt', 'message.deletedAt', 'message.readAt'])
    .select('message.version')
    .select('event.recorded_at as recordedAt')
    .select(sql<string | null>`event.metadata ->> 'actor'`.as('actor'))
    .select(sql<string | null>`event.metadata ->> 'clientId'`.as('clientId'))
    .select(['receipt.user_id as reader', 'receipt.with_id as writer', 'receipt.up_to as upTo'])
    .select('receipt.up_to_position as upToPosition')
    .select(['block.user_id as blocker', 'block.blocked_id as blocked'])
    .select([
      usernameOf(firstUser).as('firstUsername'),
      usernameOf(secondUser).as('secondUsername'),
    ])
    .orderBy('event.position')
}

// The limit is a literal, so the planner can rely on how few rows there are.
const after = prepare('listEventsAfter', (param: Param<{ position: string }>) =>
  events().where('event.position', '>', param('position')).limit(sql.lit(pageLength)),
)

interface Missed {
  readonly userId: string
  readonly position: string
}

// An array of keys: for a join the planner may also read the log from the first position to the last.
const ownAfter = prepare('listOwnEventsAfter', (param: Param<Missed>) => {
  const page = events().where('event.position', '=', sql<string>`any(${ownPositions(param)})`)
  return database
    .selectFrom(withinPageBytes(page, 'asc').as('page'))
    .selectAll()
    .orderBy('position')
})

/** The positions of a user's next events, merged from one page per kind of event and index. */
function ownPositions(param: Param<Missed>) {
  const [userId, position] = [sql`${param('userId')}::uuid`, sql`${param('position')}::bigint`]
  // A table of events also has an index by position alone. A plan for its first rows could read those of all users.
  const limitOf = (table: string) =>
    table.startsWith('log.') ? sql.lit(ownPageLength) : ownPageLength
  const page = (table: string, column: string) => sql`(
    select position from ${sql.table(table)}
    where ${sql.ref(column)} = ${userId} and position > ${position}
    order by position limit ${limitOf(table)})`
  const messages = ['read.messages_10', 'log.message_edited_5', 'log.message_deleted_5']
  const pages = [
    ...messages.flatMap((table) => [page(table, 'src_id'), page(table, 'dst_id')]),
    page('log.conversation_read_4', 'user_id'),
    page('log.conversation_read_4', 'with_id'),
    page('read.block_changes_10', 'user_id'),
  ]
  // `union` removes duplicates: a message to oneself is in two pages.
  return sql`array(${sql.join(pages, sql` union `)} order by position limit ${sql.lit(ownPageLength)})`
}

const last = prepare('findLastPosition', (_param: Param<object>) =>
  database.selectFrom('log.events').select('position').orderBy('position', 'desc').limit(1),
)

/** The events of all users after a position: at most `pageLength`. */
export function listEventsAfter(on: Queryable, position: bigint): Promise<EventRow[]> {
  return after.all(on, { position: String(position) })
}

/** The events of one user after a position: a page, and whether there may be more. */
export async function listOwnEventsAfter(
  on: Queryable,
  userId: string,
  position: bigint,
): Promise<{ rows: EventRow[]; more: boolean }> {
  const rows = await ownAfter.all(on, { userId, position: String(position) })
  const bytes = rows.reduce((sum, { content }) => sum + Buffer.byteLength(content ?? ''), 0)
  return { rows, more: rows.length === ownPageLength || bytes >= pageBytes }
}

/** The position of the last event in the log; 0 if the log is empty. */
export async function findLastPosition(on: Queryable): Promise<bigint> {
  return BigInt((await last.first(on, {}))?.position ?? 0)
}
