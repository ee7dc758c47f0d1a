/**
 * What a user has received from another user and not read, with all that a receipt for it needs. The positions bound
 * the look-up, so it reads only unread messages.
 */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { conversationWith, forUser, type Received, read } from './queries.ts'

/** The last unread one of these messages, and the stream of receipts for it in the same snapshot. */
export interface LastReceived {
  readonly upTo: string
  readonly position: string
  readonly readPosition: string
  readonly version: number
}

const isBetween = sql<boolean>`least(m.src_id, m.dst_id) = c.least_id
  and greatest(m.src_id, m.dst_id) = c.greatest_id`

interface ReceiptsFor extends Received {
  readonly streamId: string
}

const versionOf = (streamId: string) => sql<number>`(
  select coalesce(max(stream_version), 0) from log.events where stream_id = ${streamId}::uuid)`

const lastReceived = prepare('findLastReceived', (param: Param<ReceiptsFor>) =>
  forUser(param, conversationWith(param))
    .innerJoin('read.messages_10 as m', (join) => join.on(isBetween))
    .where('m.dst_id', '=', sql<string>`me.id`)
    .where('m.position', '<=', param('upToPosition'))
    .where('m.position', '>', read)
    .select(['m.id as upTo', 'm.position', read.as('readPosition')])
    .select(versionOf(param('streamId')).as('version'))
    .orderBy('m.position', 'desc')
    .limit(1),
)

/** Undefined if there is none. `streamId` is that of the receipts. */
export function findLastReceived(
  on: Queryable,
  received: ReceiptsFor,
): Promise<LastReceived | undefined> {
  return lastReceived.first(on, received)
}
