/** The question about an account's past: one page of it, along the key of its table. */

import { database } from '../database.ts'
import { beyondLastPosition } from '../event-store/event.ts'
import type { Order, PageRequest } from '../postgres/page.ts'
import { type Param, prepare, type Queryable } from '../postgres/prepared.ts'
import type { Happening } from './tables.ts'

/** Something that happened to an account; `position` is its place in the list. */
export interface HistoryRow {
  readonly what: Happening
  /** RFC 3339. */
  readonly at: string
  readonly sessionId: string | null
  readonly position: string
}

const pages = { desc: preparePage('desc'), asc: preparePage('asc') }

function preparePage(order: Order) {
  type Params = { userId: string; key: string; fetch: number }
  return prepare(`listHistory.${order}`, (param: Param<Params>) =>
    database
      .selectFrom('read.user_history_7')
      .select(['what', 'happened_at as at', 'session_id as sessionId', 'position'])
      .where('user_id', '=', param('userId'))
      .where('position', order === 'asc' ? '>' : '<', param('key'))
      .orderBy('position', order)
      .limit(param('fetch')),
  )
}

/** What happened to a user's account, one page. */
export function listHistory(
  on: Queryable,
  userId: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<HistoryRow[]> {
  return pages[order].all(on, { userId, key, fetch })
}
