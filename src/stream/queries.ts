/**
 * What the live stream reads: the end of the log for all listeners, and what one of them missed.
 *
 * Positions are given under one lock that is held to the commit, so whoever has seen a position never
 * meets a smaller one later: everything after a number is all there is to ask for.
 */

import { database } from '../database.ts'
import { type Param, prepare, type Queryable } from '../postgres/prepared.ts'

/** An event of the log; with the message, where it is one's. */
export interface EventRow {
  readonly position: string
  readonly type: string
  readonly streamId: string
  readonly id: string | null
  readonly from: string | null
  readonly to: string | null
  readonly content: string | null
  readonly sentAt: Date | null
}

/** Enough for a hundred batches of group append; more come with the next. */
export const pageLength = 500

// The message comes from the read table, whose shape is this release's; an event's type may be newer.
const after = prepare('listEventsAfter', (param: Param<{ position: string; fetch: number }>) =>
  database
    .selectFrom('log.events as event')
    .leftJoin('read.messages_3 as message', 'message.id', 'event.stream_id')
    .select(['event.position', 'event.type', 'event.stream_id as streamId'])
    .select(['message.id', 'message.src_id as from', 'message.dst_id as to'])
    .select(['message.content', 'message.sent_at as sentAt'])
    .where('event.position', '>', param('position'))
    .orderBy('event.position')
    .limit(param('fetch')),
)

const last = prepare('findLastPosition', (_param: Param<object>) =>
  database.selectFrom('log.events').select('position').orderBy('position', 'desc').limit(1),
)

/** What happened after a position, to anybody: `pageLength` events at most. */
export function listEventsAfter(on: Queryable, position: bigint): Promise<EventRow[]> {
  return after.all(on, { position: String(position), fetch: pageLength })
}

/** The position of the last event there is; 0 where there is none. */
export async function findLastPosition(on: Queryable): Promise<bigint> {
  return BigInt((await last.first(on, {}))?.position ?? 0)
}
