/**
 * The queries for conversations. One statement returns the list and the total of unread messages, so
 * both are from the same snapshot. Unread messages are counted along an index, from the position the
 * user has read to the last message received. The count costs nothing if everything is read.
 */

import { type AliasableExpression, type RawBuilder, sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import type { Question } from '../../platform/event-store/questions.ts'
import { filterOnly } from '../../platform/postgres/filter-only.ts'
import {
  boundedPage,
  type Direction,
  inBothOrders,
  type Order,
  type OwnPage,
  type PageRequest,
  shortContent,
  withinPageBytes,
} from '../../platform/postgres/page.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { allMessages, type MessageRow, messages } from '../messages/queries.ts'
import { type ConversationsTable, database } from './tables.ts'

/** A conversation as one user sees it: the other user, the last message and the unread count. */
export interface ConversationRow extends MessageRow {
  readonly withId: string
  readonly username: string | null
  readonly unread: number
  /** Whether the user has blocked the other one. */
  readonly blocked: boolean
}

export interface ConversationList {
  readonly rows: ConversationRow[]
  /** Unread messages of all conversations, on this page or not. */
  readonly unreadTotal: number
}

/** One of two columns of a row `c`: the first where the user `me` is the least of the two, else the second. */
function ofSide<Column extends keyof ConversationsTable>(least: Column, greatest: Column) {
  const [ifLeast, otherwise] = [sql.ref(`c.${least}`), sql.ref(`c.${greatest}`)]
  return sql<string>`case when c.least_id = me.id then ${ifLeast} else ${otherwise} end`
}

const withId = ofSide('greatest_id', 'least_id')
export const read = ofSide('read_by_least_position', 'read_by_greatest_position')
const received = ofSide('received_by_least_position', 'received_by_greatest_position')

const receivedAfterRead = sql<boolean>`${received} > ${read}`

const countUnread = sql<number>`(
  select count(*)::int from read.messages_10 m
  where least(m.src_id, m.dst_id) = c.least_id and greatest(m.src_id, m.dst_id) = c.greatest_id
    and m.position > ${read} and ${filterOnly(sql`m.dst_id = me.id`)} and m.deleted_at is null)`

const blocked = sql<boolean>`exists (
  select from read.blocks_17 b where b.user_id = me.id and b.blocked_id = ${withId} offset 0)`

const unread = sql<number>`case when ${receivedAfterRead} then ${countUnread} else 0 end`

/** A user's rows, on either side. They are selected first, so only these are counted and joined. */
function conversationsOf(param: Param<{ userId: string }>) {
  return database
    .selectFrom('read.conversations_4')
    .selectAll()
    .where((eb) =>
      eb.or([eb('least_id', '=', param('userId')), eb('greatest_id', '=', param('userId'))]),
    )
}

/**
 * A condition for the row of two users. Rows are compared, because that fits only the primary key. Two equations also fit
 * the index of one column, with all conversations of a user. PostgreSQL estimates that the comparison finds many rows, so
 * its selection has `limit 1`, and needs `enable_seqscan = off`, as all sessions of the service have.
 */
function ofBoth(a: string, b: string): string {
  const both = `(least(${a}, ${b}), greatest(${a}, ${b}))`
  return `(least_id, greatest_id) between ${both} and ${both}`
}

/** The row of two users. */
export function conversationWith(param: Param<{ userId: string; withId: string }>) {
  const asked = sql`(select ${param('userId')}::uuid as a, ${param('withId')}::uuid as b)`
  return database
    .selectFrom('read.conversations_4')
    .innerJoin(asked.as('asked'), (join) => join.onTrue())
    .selectAll('read.conversations_4')
    .where(sql.raw<boolean>(ofBoth('a', 'b')))
    .limit(sql.lit(1))
}

/** Selected rows beside the user's id, so that a statement has this parameter only once. */
export function forUser(
  param: Param<{ userId: string }>,
  selected: ReturnType<typeof conversationsOf>,
) {
  const me = sql<{ id: string }>`(select ${param('userId')}::uuid as id)`
  return database.selectFrom(selected.as('c')).innerJoin(me.as('me'), (join) => join.onTrue())
}

const withOther = prepare('hasConversation', (param: Param<{ userId: string; withId: string }>) =>
  conversationWith(param),
)

/** Whether two users have exchanged a message. */
export async function hasConversation(
  on: Queryable,
  both: { readonly userId: string; readonly withId: string },
): Promise<boolean> {
  return (await withOther.first(on, both)) !== undefined
}

function withDetails(
  param: Param<{ userId: string }>,
  selected: ReturnType<typeof conversationsOf>,
  content?: RawBuilder<string | null>,
) {
  return forUser(param, selected)
    .innerJoin('read.users_2 as user', (join) => join.on('user.id', '=', withId))
    .innerJoin(messages(param, allMessages, content).as('last'), (join) => join.on(isLast))
    .selectAll('last')
    .select([withId.as('withId'), 'user.username', unread.as('unread'), blocked.as('blocked')])
}

/** Finds the last message by one look-up in the index `messages_10_between`. */
const isLast = sql<boolean>`least("last"."from", "last"."to") = c.least_id
  and greatest("last"."from", "last"."to") = c.greatest_id and "last".position = c.last_position`

const one = prepare('findConversation', (param: Param<{ userId: string; withId: string }>) =>
  withDetails(param, conversationWith(param)),
)

function selectPage(param: Param<OwnPage>, { order, beyond }: Direction) {
  return conversationsOf(param)
    .where('last_position', beyond, param('key'))
    .orderBy('last_position', order)
    .limit(param('fetch'))
}

const short = inBothOrders('listConversations', (param: Param<OwnPage>, direction) => {
  const selected = selectPage(param, direction)
  const page = withDetails(param, selected, shortContent(param('fetch')))
  return withTotal(param, page, direction.order)
})

const bounded = inBothOrders('listLongConversations', (param: Param<OwnPage>, direction) => {
  const page = withDetails(param, selectPage(param, direction))
  return withTotal(param, withinPageBytes<ConversationRow>(page, direction.order), direction.order)
})

function withTotal(
  param: Param<OwnPage>,
  page: AliasableExpression<ConversationRow>,
  order: Order,
) {
  const total = forUser(param, conversationsOf(param))
    .where(receivedAfterRead)
    .select(sql<number>`coalesce(sum(${countUnread}), 0)::int`.as('unreadTotal'))
  // A left join, so that an empty page still returns one row with the total.
  return database
    .selectFrom(total.as('total'))
    .leftJoinLateral(page.as('page'), (join) => join.onTrue())
    .selectAll()
    .orderBy('position', order)
}

/** A user's conversation with another user; undefined if they never exchanged a message. */
export function findConversation(
  on: Queryable,
  userId: string,
  withId: string,
): Promise<ConversationRow | undefined> {
  return one.first(on, { userId, withId })
}

/** One page of a user's conversations, ordered by last message, and the total of unread messages. */
export async function listConversations(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<ConversationList> {
  const queries = { short: short[order], bounded: bounded[order] }
  const found = await boundedPage(queries, on, { userId, key, fetch })
  return {
    rows: found.filter((row): row is typeof row & ConversationRow => row.id !== null),
    unreadTotal: found[0]?.unreadTotal ?? 0,
  }
}

/** A conversation with unread messages, and the positions of the bounds between which they are. */
export interface UnreadConversation {
  readonly withId: string
  readonly unread: number
  readonly readPosition: string
  readonly receivedPosition: string
}

const unreadOf = prepare('findUnread', (param: Param<{ userId: string }>) => {
  const conversations = forUser(param, conversationsOf(param))
    .where(receivedAfterRead)
    .select([withId.as('withId'), countUnread.as('unread')])
    .select([read.as('readPosition'), received.as('receivedPosition')])
  const last = database
    .selectFrom('log.events')
    .select(sql<string>`coalesce(max(position), 0)`.as('asOf'))
  return database
    .selectFrom(last.as('last'))
    .leftJoinLateral(conversations.as('conversation'), (join) => join.onTrue())
    .selectAll()
})

/** All conversations in which a user has unread messages, and the position as of which they are counted. */
export async function findUnread(
  on: Queryable,
  userId: string,
): Promise<{ asOf: string; rows: UnreadConversation[] }> {
  const found = await unreadOf.all(on, { userId })
  const rows = found.filter((row): row is typeof row & UnreadConversation => row.withId !== null)
  return { asOf: found[0]?.asOf ?? '0', rows }
}

/** The position of the last message that the user `a` has received from the user `b`, if it is unread. */
export const lastUnread: Question = {
  name: 'lastUnread',
  answer: `(
    select case
        when c.least_id = a and c.received_by_least_position > c.read_by_least_position
          then c.received_by_least_position
        when c.least_id <> a and c.received_by_greatest_position > c.read_by_greatest_position
          then c.received_by_greatest_position
      end
    from read.conversations_4 c
    where ${ofBoth('a', 'b')} limit 1)`,
}

/** Everything that a user has received from another user, up to a position. */
export interface Received {
  readonly userId: string
  readonly withId: string
  readonly upToPosition: string
}
