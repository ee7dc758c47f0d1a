/**
 * What a user has received from another user and not read, with all that a receipt for it needs. The positions bound
 * the look-up, so it reads only unread messages.
 */

import { sql } from 'kysely'
import { lastEventOf, type StreamEnd } from '../../platform/event-store/shown-events.ts'
import { filterOnly } from '../../platform/postgres/filter-only.ts'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { conversationWith, forUser, type Received, read } from './queries.ts'
import { database } from './tables.ts'

/** The last unread one of these messages, and how far the user has read. */
export interface LastReceived {
  readonly upTo: string
  readonly position: string
  readonly readPosition: string
}

export interface ReceivedAndRead {
  /** Undefined if everything is read. */
  readonly last: LastReceived | undefined
  /** The last receipt, from the same snapshot. Null without one. */
  readonly receipt: StreamEnd | null
}

const isBetween = sql<boolean>`least(m.src_id, m.dst_id) = c.least_id
  and greatest(m.src_id, m.dst_id) = c.greatest_id`

interface ReceiptsFor extends Received {
  readonly streamId: string
}

const lastReceived = prepare('findLastReceived', (param: Param<ReceiptsFor>) => {
  const last = forUser(param, conversationWith(param))
    .innerJoin('read.messages_10 as m', (join) => join.on(isBetween))
    .where(filterOnly(sql`m.dst_id = me.id`))
    .where('m.position', '<=', param('upToPosition'))
    .where('m.position', '>', read)
    .select(['m.id as upTo', 'm.position', read.as('readPosition')])
    .orderBy('m.position', 'desc')
    .limit(1)
  // A left join, so that there is a row with the receipt even if everything is read.
  const receipts = database.selectNoFrom(lastEventOf(param('streamId')).as('receipt'))
  return database
    .selectFrom(receipts.as('receipts'))
    .leftJoin(last.as('last'), (join) => join.onTrue())
    .selectAll()
})

/** `streamId` is that of the receipts. */
export async function findLastReceived(
  on: Queryable,
  received: ReceiptsFor,
): Promise<ReceivedAndRead> {
  const found = await lastReceived.first(on, received)
  if (!found) throw new Error('the look-up of a receipt returned no row')
  const { receipt, upTo, position, readPosition } = found
  const isUnread = upTo !== null && position !== null && readPosition !== null
  return { receipt, last: isUnread ? { upTo, position, readPosition } : undefined }
}
