/** The query about blocks: the users whom a user has blocked. */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import { inBothOrders, type OwnPage, type PageRequest } from '../../platform/postgres/page.ts'
import type { Param, Queryable } from '../../platform/postgres/prepared.ts'
import { database } from './tables.ts'

export interface BlockRow {
  readonly id: string
  readonly username: string | null
  /** RFC 3339. */
  readonly blockedAt: string
  readonly position: string
}

const pages = inBothOrders('listBlocks', (param: Param<OwnPage>, { order, beyond }) =>
  database
    .selectFrom('read.blocks_17 as block')
    .innerJoin('read.users_2 as user', 'user.id', 'block.blocked_id')
    .select(['user.id', 'user.username', 'block.blocked_at as blockedAt', 'block.position'])
    .where('block.user_id', '=', param('userId'))
    .where('block.position', beyond, param('key'))
    .where(sql<boolean>`block.position > 0`) // the predicate of the index
    .orderBy('block.position', order)
    .limit(param('fetch')),
)

/** One page of the users whom a user has blocked. */
export function listBlocks(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<BlockRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
