/**
 * The queries of an export: a page of the events that concern a user, in the order of the log. Each kind of event is
 * found along an index, so a page costs the same however long the log is.
 */

import { sql } from 'kysely'
import type { Metadata } from '../../platform/event-store/event.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { database, streamViews } from './tables.ts'

/** An event in the newest shape of its type, and the message that it belongs to, as the message is now. */
export interface PersonalEventRow {
  readonly position: string
  readonly recordedAt: string
  readonly type: string
  readonly metadata: Metadata
  /** The columns of the event table; null for a header without its row. */
  readonly data: Record<string, unknown> | null
  /** The message is there and the user is not its sender. */
  readonly isReceived: boolean
  readonly content: string | null
  readonly editedAt: string | null
  readonly deletedAt: string | null
  /** Of the session that the event belongs to: its last use, to a day. */
  readonly usedAt: string | null
}

/** A page holds 4 MB if every message has the greatest length. */
export const pageLength = 100

interface Page {
  readonly userId: string
  readonly after: string
  readonly upTo: string
}

/** The events of other people that a user sees are the messages and receipts; edits show in the message itself. */
const sources = [
  ['read.personal_events_11', 'user_id'],
  ['read.messages_10', 'src_id'],
  ['read.messages_10', 'dst_id'],
  ['log.message_edited_5', 'src_id'],
  ['log.message_deleted_5', 'src_id'],
  ['log.conversation_read_4', 'user_id'],
  ['log.conversation_read_4', 'with_id'],
  ['read.block_changes_10', 'user_id'],
] as const

const page = prepare('listPersonalEvents', (param: Param<Page>) => {
  const shown = streamViews.map(
    (view) => sql`select position, type, data from ${sql.table(`log.${view}`)}
      where position = any(positions.list)`,
  )
  return database
    .selectFrom(sql<{ list: string[] }>`(select ${positionsOf(param)} as list)`.as('positions'))
    .innerJoin('log.events as event', (join) =>
      join.on(sql<boolean>`event.position = any(positions.list)`),
    )
    .leftJoinLateral(sql<Shown>`(${sql.join(shown, sql` union all `)})`.as('shown'), (join) =>
      join.onRef('shown.position', '=', 'event.position'),
    )
    .leftJoin('read.messages_10 as message', 'message.id', 'event.stream_id')
    .select(['event.position', 'event.recorded_at as recordedAt'])
    .select(sql<PersonalEventRow['metadata']>`event.metadata`.as('metadata'))
    .select(['shown.data', sql<string>`coalesce(shown.type, event.type)`.as('type')])
    .select(
      sql<boolean>`coalesce(message.src_id <> ${param('userId')}::uuid, false)`.as('isReceived'),
    )
    .leftJoin('sessions.uses as use', 'use.session_id', 'event.stream_id')
    .select(['message.content', 'use.used_at as usedAt'])
    .select(['message.edited_at as editedAt', 'message.deleted_at as deletedAt'])
    .orderBy('event.position')
})

interface Shown {
  position: string
  type: string
  data: Record<string, unknown> | null
}

/** The positions of the next events, merged from one page for each source. */
function positionsOf(param: Param<Page>) {
  const pages = sources.map(
    ([table, column]) => sql`(
      select position from ${sql.table(table)}
      where ${sql.ref(column)} = ${param('userId')}::uuid
        and position > ${param('after')}::bigint and position <= ${param('upTo')}::bigint
      order by position limit ${sql.lit(pageLength)})`,
  )
  // `union` removes duplicates: a message to oneself is in two pages.
  return sql`array(${sql.join(pages, sql` union `)} order by position limit ${sql.lit(pageLength)})`
}

/** The next events of a user after a position, and up to another: `pageLength` at most. */
export function listPersonalEvents(on: Queryable, page_: Page): Promise<PersonalEventRow[]> {
  return page.all(on, page_)
}
