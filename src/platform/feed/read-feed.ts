/**
 * The feed: every event of the log, in its order, in published shapes.
 *
 * It is complete by construction. A transaction draws its positions while it holds the append lock, and the lock is
 * released after its commit is visible. So a statement that sees an event sees every event with a smaller position:
 * "everything after this position, in order" leaves nothing out and never has to look back. Gaps between positions
 * are appends that were rolled back.
 *
 * An event of a newer version than this code has is never skipped and never published in an older shape: the page
 * ends before it, and `unknown_event` is thrown where it would be the first. A newer server continues.
 */

import { sql } from 'kysely'
import { UnknownEventError } from '../event-store/errors.ts'
import type { ShownEvent } from '../event-store/event.ts'
import {
  type Param,
  type Prepared,
  prepare,
  type Queryable,
  queryBuilder,
} from '../postgres/prepared.ts'
import { type Cursor, cursorText, parseCursor } from './cursor.ts'
import { type FeedEvent, type Header, toEvent } from './feed-event.ts'
import { chunkLength, readHeaders } from './headers.ts'
import { type PublishedShape, type PublishedShapes, publishedType, versionOf } from './shapes.ts'

export interface FeedPage {
  readonly events: readonly FeedEvent[]
  /** Every event that was asked for up to here is on this page or an earlier one. */
  readonly position: string
  /** The cursor of that position, for the next request. */
  readonly cursor: string
  /** The last event of the log up to there; undefined if there is none after the cursor of the request. */
  readonly last: ShownEvent | undefined
  /** Whether the log may have more. */
  readonly more: boolean
}

export interface FeedRequest {
  /** A cursor, or a position. */
  readonly after: string
  readonly limit: number
  /** The published types to return; all when absent. */
  readonly types?: ReadonlySet<string> | undefined
  /** Whether the consumer has the scope for personal data. */
  readonly personal: boolean
}

export interface FeedReader {
  /** The names of all published types. */
  readonly types: ReadonlySet<string>
  /** Reads one page. Throws UnknownEventError, or CursorUnknownError if the log lacks the event of a cursor. */
  read(on: Queryable, request: FeedRequest): Promise<FeedPage>
}

/** A page ends here, so that a consumer of a few rare types gets a position within a fraction of a second. */
const maxScanned = 2_000
/** A page ends when its JSON has more than this. */
const maxBytes = 2 ** 20

/** An event as a view of streams shows it (`db/machinery/03-engine/5-streams.sql`). */
interface ViewRow {
  readonly position: string
  readonly type: string
  readonly standing: 'known' | 'ignored' | 'unknown'
  readonly data: Record<string, unknown> | null
}

type FeedTables = Record<`log.${string}_stream_${number}`, ViewRow>

const database = queryBuilder<FeedTables>()

type ReadRows = Prepared<{ positions: readonly string[] }, ViewRow>

/** The rows of headers: the newest view of the aggregate casts each to the newest version of its event. */
function rowsOf(view: `${string}_stream_${number}`): ReadRows {
  return prepare(`feed of ${view}`, (param: Param<{ positions: readonly string[] }>) =>
    database
      .selectFrom(`log.${view}`)
      .select(['position', 'type', 'standing', 'data'])
      .where(
        'position',
        '=',
        sql<string>`any(array(select unnest(${param('positions')}::bigint[])))`,
      ),
  )
}

/** A published type: its newest table, its shape, and the rows of its aggregate. */
interface Published {
  readonly table: string
  readonly shape: PublishedShape
  readonly rows: ReadRows
}

/** Creates the reader of these shapes. */
export function createFeedReader(shapes: PublishedShapes): FeedReader {
  const byType = compile(shapes)
  return {
    types: new Set(byType.keys()),
    read: (on, request) => readPage(byType, on, request),
  }
}

function compile(shapes: PublishedShapes): ReadonlyMap<string, Published> {
  const all = Object.entries(shapes)
  const releases = new Map<string, number>()
  for (const [table, { aggregate }] of all) {
    releases.set(aggregate, Math.max(releases.get(aggregate) ?? 0, versionOf(table)))
  }
  const views = new Map(
    [...releases].map(([aggregate, release]) => [
      aggregate,
      rowsOf(`${aggregate}_stream_${release}`),
    ]),
  )
  return new Map(
    all.map(([table, shape]) => {
      const rows = views.get(shape.aggregate) as ReadRows
      return [publishedType(table), { table, shape, rows }]
    }),
  )
}

async function readPage(
  byType: ReadonlyMap<string, Published>,
  on: Queryable,
  { after, limit, types, personal }: FeedRequest,
): Promise<FeedPage> {
  const events: FeedEvent[] = []
  const start = parseCursor(after)
  if (!start) throw new TypeError(`"${after}" is no cursor of the feed`)
  let [cursor, scanned, bytes] = [start, 0, 0]
  let last: Header | undefined
  const page = (more: boolean): FeedPage => {
    return { events, position: cursor.position, cursor: cursorText(cursor), last, more }
  }
  while (scanned < maxScanned) {
    const chunk = await readChunk(byType, on, cursor, types)
    for (const { header, published, data } of chunk.entries) {
      if (published && data) {
        const event = toEvent(header, published.shape, data, personal)
        events.push(event)
        bytes += event.json.length
      }
      cursor = last = header
      if (events.length >= limit || bytes > maxBytes) return page(true)
    }
    if (chunk.unknown) {
      if (cursor === start) throw chunk.unknown
      return page(true)
    }
    if (!chunk.more) return page(false)
    scanned += chunkLength
  }
  return page(true)
}

interface Entry {
  readonly header: Header
  /** Undefined for an event that was not asked for, and for a header that was declared void. */
  readonly published?: Published
  readonly data?: Record<string, unknown>
}

interface Chunk {
  readonly entries: readonly Entry[]
  /** Whether the log may have more headers. */
  readonly more: boolean
  /** The event after these, where this code cannot publish it. */
  readonly unknown?: UnknownEventError
}

/** The next headers up to the first that this code cannot publish, with the rows of those that were asked for. */
async function readChunk(
  byType: ReadonlyMap<string, Published>,
  on: Queryable,
  after: Cursor,
  types: ReadonlySet<string> | undefined,
): Promise<Chunk> {
  const { headers, more } = await readHeaders(on, after)
  const wanted = ({ type }: Header) => !types || types.has(publishedType(type))
  const isUnknown = ({ type }: Header) => {
    const published = byType.get(publishedType(type))
    return !published || versionOf(type) > versionOf(published.table)
  }
  const end = headers.findIndex((header) => wanted(header) && isUnknown(header))
  const known = end < 0 ? headers : headers.slice(0, end)
  const data = await readData(byType, on, known.filter(wanted))
  const entries = known.map((header): Entry => {
    const found = data.get(header.position)
    return found ? { header, ...found } : { header }
  })
  const unknown = headers[end]
  if (!unknown) return { entries, more }
  const { streamId, type, position } = unknown
  return { entries, more, unknown: new UnknownEventError(streamId, type, position) }
}

/** The published events among these, by position. A header that was declared void has none. */
async function readData(
  byType: ReadonlyMap<string, Published>,
  on: Queryable,
  headers: readonly Header[],
): Promise<Map<string, Required<Omit<Entry, 'header'>>>> {
  const found = new Map<string, Required<Omit<Entry, 'header'>>>()
  const groups = Map.groupBy(headers, ({ type }) => byType.get(publishedType(type))?.rows)
  for (const [rows, group] of groups) {
    if (!rows) continue
    const positions = group.map(({ position }) => position)
    const byPosition = new Map(
      (await rows.all(on, { positions })).map((row) => [row.position, row]),
    )
    for (const { position, type } of group) {
      const row = byPosition.get(position)
      if (row?.standing === 'ignored') continue
      const published = byType.get(publishedType(type))
      if (row?.type !== published?.table || !published || !row?.data) {
        throw new Error(`the event ${type} at position ${position} has no row; run epistle verify`)
      }
      found.set(position, { published, data: row.data })
    }
  }
  return found
}
