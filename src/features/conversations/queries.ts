/**
 * The queries for conversations. One statement returns the list and the total of unread messages, so
 * both are from the same snapshot. Unread messages are counted along an index, from the position the
 * user has read to the last message received. The count costs nothing if everything is read.
 */

import { type AliasableExpression, type RawBuilder, sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
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
import { database } from './tables.ts'

/** A conversation as one user sees it: the other user, the last message and the unread count. */
export interface ConversationRow extends MessageRow {
  readonly withId: string
  readonly username: string | null
  readonly unread: number
}

export interface ConversationList {
  readonly rows: ConversationRow[]
  /** Unread messages of all conversations, on this page or not. */
  readonly unreadTotal: number
}

const unread = sql<number>`case when c.received_position > c.read_position then (
  select count(*)::int from read.messages_5 m
  where least(m.src_id, m.dst_id) = least(c.user_id, c.with_id)
    and greatest(m.src_id, m.dst_id) = greatest(c.user_id, c.with_id)
    and m.position > c.read_position and m.dst_id = c.user_id and m.deleted_at is null) else 0 end`

/** A user's rows. They are selected first, so only these are counted and joined. */
function conversationsOf(param: Param<{ userId: string }>) {
  return database
    .selectFrom('read.conversations_4')
    .selectAll()
    .where('user_id', '=', param('userId'))
}

function withDetails(
  param: Param<{ userId: string }>,
  selected: ReturnType<typeof conversationsOf>,
  content?: RawBuilder<string | null>,
) {
  return database
    .selectFrom(selected.as('c'))
    .innerJoin('read.users_2 as user', 'user.id', 'c.with_id')
    .innerJoin(messages(param, allMessages, content).as('last'), 'last.id', 'c.last_id')
    .selectAll('last')
    .select(['c.with_id as withId', 'user.username', unread.as('unread')])
}

const one = prepare('findConversation', (param: Param<{ userId: string; withId: string }>) =>
  withDetails(param, conversationsOf(param).where('with_id', '=', param('withId'))),
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
  const total = database
    .selectFrom('read.conversations_4 as c')
    .where('c.user_id', '=', param('userId'))
    .select(sql<number>`coalesce(sum(${unread}), 0)::int`.as('unreadTotal'))
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
