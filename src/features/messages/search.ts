/**
 * Searches a user's messages by their words.
 *
 * There is no table of words. A search reads the user's messages along the index of their list, a chunk at a
 * time, and compares each with the question (`question.ts`). It stops when the page is full or at a bound,
 * and returns where the next search continues.
 */

import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import { type Direction, inBothOrders, type PageRequest } from '../../platform/postgres/page.ts'
import { anyOf, type Param, type Queryable } from '../../platform/postgres/prepared.ts'
import { type MessageFilter, type MessagePage, prepareForBoxes, type SelectPage } from './boxes.ts'
import { allMessages, type MessageRow, messages } from './queries.ts'
import { type Matches, parseQuestion } from './question.ts'
import { database } from './tables.ts'

/** The messages found, and where to continue if the search stopped at a bound. */
export interface SearchResult {
  readonly rows: MessageRow[]
  /** The position of the last message searched; absent if all were searched. */
  readonly searchedUpTo?: string
}

/** How many messages, and how many bytes of their contents in UTF-8. */
export interface Bounds {
  readonly messages: number
  readonly bytes: number
}

/** How much one search reads. Half a megabyte takes 10 to 100 ms, depending on its script. */
export const bounds: Bounds = { messages: 5_000, bytes: 500_000 }

/** How much is read at once. */
const chunk: Bounds = { messages: 1_000, bytes: 100_000 }

/** After this time (ms) of comparing, other requests have a turn. One message takes up to 20 ms. */
const turnMs = 10

interface Params extends MessagePage {
  readonly bytes: number
}

const candidatesOf = prepareForBoxes('searchCandidates', candidates)

/** The messages of a chunk. The last one can exceed its bytes, so that a search always gets on. */
function candidates(selectPage: SelectPage<Params>, param: Param<Params>, direction: Direction) {
  const inOrder = sql`(order by position ${sql.raw(direction.order)} rows unbounded preceding)`
  const read = database
    .selectFrom(selectPage(allMessages, param, direction).as('message'))
    .select(['id', 'position', 'content'])
    .select(sql<number>`coalesce(octet_length(content), 0)`.as('bytes'))
    .select(sql<number>`coalesce(sum(octet_length(content)) over ${inOrder}, 0)::int`.as('total'))
  return database
    .selectFrom(read.as('read'))
    .select(['id', 'position', 'content', 'total'])
    .where(sql<boolean>`total - bytes < ${param('bytes')}`)
    .orderBy('position', direction.order)
}

type Found = { userId: string; ids: readonly string[] }

const foundMessages = inBothOrders('foundMessages', (param: Param<Found>, { order }) =>
  messages(param)
    .where(sql<boolean>`message.id = ${anyOf(param('ids'), 'uuid')}`)
    .orderBy('message.position', order),
)

/**
 * Returns a page of the user's messages that match the question. The page is short if a bound was
 * reached first. Deleted messages have no words, so they never match.
 */
export async function searchMessages(
  on: Queryable,
  filter: MessageFilter,
  question: string,
  page: PageRequest<string>,
  within: Bounds = bounds,
): Promise<SearchResult> {
  const matches = parseQuestion(question)
  if (!matches) return { rows: [] }
  const { ids, searchedUpTo } = await findIds(on, filter, matches, page, within)
  const { userId } = filter
  const rows = ids.length === 0 ? [] : await foundMessages[page.order].all(on, { userId, ids })
  return {
    // A message can have been edited or deleted since its words were compared.
    rows: await matching(rows, matches, rows.length),
    ...(searchedUpTo !== undefined && { searchedUpTo }),
  }
}

async function findIds(
  on: Queryable,
  filter: MessageFilter,
  matches: Matches,
  { key = beyondLastPosition, order, fetch: wanted }: PageRequest<string>,
  within: Bounds,
): Promise<{ ids: string[]; searchedUpTo?: string }> {
  const { userId, with: other = userId } = filter
  const ids: string[] = []
  let left = within
  let last = key
  while (left.messages > 0 && left.bytes > 0) {
    const fetch = Math.min(left.messages, chunk.messages)
    const bytes = Math.min(left.bytes, chunk.bytes)
    const params = { userId, with: other, key: last, fetch, bytes }
    const rows = await candidatesOf(filter, order).all(on, params)
    const found = await matching(rows, matches, wanted - ids.length)
    ids.push(...found.map(({ id }) => id))
    if (ids.length === wanted) return { ids, searchedUpTo: found.at(-1)?.position ?? last }
    last = rows.at(-1)?.position ?? last
    const total = rows.at(-1)?.total ?? 0
    if (rows.length < fetch && total < bytes) return { ids }
    left = { messages: left.messages - rows.length, bytes: left.bytes - total }
  }
  return { ids, searchedUpTo: last }
}

/** The first `limit` rows that match. */
async function matching<Row extends { readonly content: string | null }>(
  rows: readonly Row[],
  matches: Matches,
  limit: number,
): Promise<Row[]> {
  const found: Row[] = []
  let began = performance.now()
  for (const row of rows) {
    if (row.content !== null && matches(row.content)) found.push(row)
    if (found.length === limit) break
    if (performance.now() - began < turnMs) continue
    await setImmediate()
    began = performance.now()
  }
  return found
}
