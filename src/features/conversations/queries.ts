/**
 * The questions about conversations. The list and the sum of all that is unread are one statement, so
 * that both are of one moment. What is unread is counted along an index, between where its user has
 * read and the last that he received: nothing, where he has read everything.
 */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { type MessageRow, messages } from '../messages/queries.ts'
import { database } from './tables.ts'

/** A conversation as one of the two sees it: with whom, the last message, how many are unread. */
export interface ConversationRow extends MessageRow {
  readonly withId: string
  readonly username: string | null
  readonly unread: number
}

export interface ConversationList {
  readonly rows: ConversationRow[]
  /** Unread messages of all conversations, whether on the page or not. */
  readonly unreadTotal: number
}

const unread = sql<number>`case when c.received_position > c.read_position then (
  select count(*)::int from read.messages_5 m
  where least(m.src_id, m.dst_id) = least(c.user_id, c.with_id)
    and greatest(m.src_id, m.dst_id) = greatest(c.user_id, c.with_id)
    and m.position > c.read_position and m.dst_id = c.user_id and m.deleted_at is null) else 0 end`

/** Rows of a user's, picked before anything is looked up or counted for them. */
function own(param: Param<{ userId: string }>) {
  return database
    .selectFrom('read.conversations_4')
    .selectAll()
    .where('user_id', '=', param('userId'))
}

function shown(param: Param<{ userId: string }>, picked: ReturnType<typeof own>) {
  return database
    .selectFrom(picked.as('c'))
    .innerJoin('read.users_2 as user', 'user.id', 'c.with_id')
    .innerJoin(messages(param).as('last'), 'last.id', 'c.last_id')
    .selectAll('last')
    .select(['c.with_id as withId', 'user.username', unread.as('unread')])
}

const one = prepare('findConversation', (param: Param<{ userId: string; withId: string }>) =>
  shown(param, own(param).where('with_id', '=', param('withId'))),
)

const pages = inBothOrders('listConversations', (param: Param<OwnPage>, { order, beyond }) => {
  const picked = own(param)
    .where('last_position', beyond, param('key'))
    .orderBy('last_position', order)
    .limit(param('fetch'))
  const page = shown(param, picked)
  const total = database
    .selectFrom('read.conversations_4 as c')
    .where('c.user_id', '=', param('userId'))
    .select(sql<number>`coalesce(sum(${unread}), 0)::int`.as('unreadTotal'))
  // One row at least, of which the page may be null: the sum is there in any case.
  return database
    .selectFrom(total.as('total'))
    .leftJoinLateral(page.as('page'), (join) => join.onTrue())
    .selectAll()
    .orderBy('position', order)
})

/** The conversation of a user with another one, if they ever had any. */
export function findConversation(
  on: Queryable,
  userId: string,
  withId: string,
): Promise<ConversationRow | undefined> {
  return one.first(on, { userId, withId })
}

/** One page of a user's conversations, by their last messages, and what is unread in all of them. */
export async function listConversations(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<ConversationList> {
  const found = await pages[order].all(on, { userId, key, fetch })
  return {
    rows: found.filter((row): row is typeof row & ConversationRow => row.id !== null),
    unreadTotal: found[0]?.unreadTotal ?? 0,
  }
}
