/** The headers of the log in its order, from which the feed takes its events. */

import { sql } from 'kysely'
import type { LogTables } from '../event-store/tables.ts'
import { hasStandbys } from '../postgres/confirmed-commits.ts'
import { type Param, prepare, type Queryable, queryBuilder } from '../postgres/prepared.ts'
import { type Cursor, CursorUnknownError } from './cursor.ts'
import type { Header } from './feed-event.ts'

/** Of headers that are read at once. Two hundred messages of the greatest length are 2 MB. */
export const chunkLength = 200

const headersAfter = prepare('listFeedHeaders', (param: Param<{ after: string }>) =>
  queryBuilder<LogTables>()
    .selectFrom('log.events')
    .select(['position', 'id', 'type', 'stream_id as streamId'])
    .select(['stream_version as streamVersion', 'recorded_at as recordedAt'])
    .select(sql<boolean>`${sql.raw(hasStandbys)}`.as('hasStandbys'))
    .where('position', '>', param('after'))
    .orderBy('position')
    .limit(sql.lit(chunkLength)),
)

/** The next headers. That of the cursor is read with them, and so compared in each snapshot. */
export async function readHeaders(
  on: Queryable,
  cursor: Cursor,
): Promise<{ headers: readonly Header[]; more: boolean }> {
  const { position, id } = cursor
  const after = id === undefined ? position : `${BigInt(position) - 1n}`
  const found = await headersAfter.all(on, { after })
  const more = found.length === chunkLength
  if (id === undefined) return { headers: found, more }
  const [first, ...headers] = found
  if (first?.position !== position || first.id !== id) throw new CursorUnknownError(cursor, 'after')
  return { headers, more }
}
