/**
 * Search in a user's messages: PostgreSQL's full-text search over words as they stand, in no language in
 * particular. All words of the question must be in a message; `or`, `-word` and "a phrase" mean what
 * they do in a web search. There is no table of words: the own messages are read along the index of
 * their list and taken into words then and there, so many at a time, and the answer says where the
 * next search goes on.
 */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import type { PageRequest, Way } from '../../platform/postgres/page.ts'
import type { Param, Queryable } from '../../platform/postgres/prepared.ts'
import { type BoxOf, type MessageFilter, type Place, prepareForBoxes } from './boxes.ts'
import { everyMessage, type MessageRow, messages } from './queries.ts'
import { database } from './tables.ts'

/** What was found, and where to go on if not all messages were looked at. */
export interface Found {
  readonly rows: MessageRow[]
  /** The position of the last message that was looked at; absent when the end was reached. */
  readonly lookedUpTo?: string
}

/**
 * How much one search looks at. A message of 100 bytes takes 18 µs, a kilobyte of any text 0.1 to 0.4 ms,
 * so that either bound is some 100 ms of the database.
 */
export const bounds = { messages: 5_000, bytes: 500_000 }

interface Params extends Place {
  readonly question: string
  readonly bytes: number
  readonly show: number
}

/**
 * Punctuation separates words. PostgreSQL's parser would find addresses and file names in it, and takes a
 * second for 10,000 characters of "a_a_a_"; and where the LC_CTYPE of the database is C it takes all that
 * is not ASCII for letters, whose capitals it does not know.
 */
const marks = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~“”„‘’‚«»‹›–—…·•¡¿'
const words = sql`to_tsvector('simple',
  translate(content, ${sql.lit(marks)}, ${sql.lit(' '.repeat(marks.length))}))`

const searchOf = prepareForBoxes('searchMessages', search)

function search(box: BoxOf<Params>, param: Param<Params>, way: Way) {
  const { order } = way
  // Asked for once, not for each message.
  const question = sql`(select websearch_to_tsquery('simple', ${param('question')}::text))`
  const inOrder = sql`(order by position ${sql.raw(order)} rows unbounded preceding)`
  const read = database
    .selectFrom(box(everyMessage, param, way).as('own'))
    .select(['id', 'position', 'content'])
    .select(sql<number>`row_number() over ${inOrder}`.as('nth'))
    .select(sql<number>`coalesce(octet_length(content), 0)`.as('bytes'))
    .select(sql<number>`coalesce(sum(octet_length(content)) over ${inOrder}, 0)`.as('total'))
  const found = sql<boolean>`coalesce(${words} @@ ${question}, false)`
  const isLast = sql<boolean>`(nth = ${param('fetch')} or total >= ${param('bytes')})`
  // What was found, and the message at which a bound was reached, found or not.
  const picked = database
    .selectFrom(read.as('read'))
    .select(['id', 'position', found.as('found'), isLast.as('isLast')])
    .where(sql<boolean>`total - bytes < ${param('bytes')}`)
    // A question without any word is no question, and finds nothing.
    .where(sql<boolean>`numnode(${question}) > 0`)
    .where((eb) => eb.or([found, isLast]))
    .orderBy('position', order)
    .limit(param('show'))
  return messages(param as Param<{ userId: string }>)
    .innerJoin(picked.as('picked'), 'picked.id', 'message.id')
    .select(['picked.found', 'picked.isLast'])
    .orderBy('message.position', order)
}

/**
 * A page of the user's messages that answer the question, or less than a page when the bound was
 * reached first; deleted ones have no words.
 */
export async function searchMessages(
  on: Queryable,
  filter: MessageFilter,
  question: string,
  { key = beyondLastPosition, order, fetch: show }: PageRequest<string>,
  { messages: fetch, bytes } = bounds,
): Promise<Found> {
  const { userId, with: other = userId } = filter
  const params = { userId, with: other, key, fetch, bytes, show, question: separate(question) }
  const rows = await searchOf(filter, order).all(on, params)
  const last = rows.at(-1)
  return {
    rows: rows.filter(({ found }) => found),
    ...(last?.isLast && { lookedUpTo: last.position }),
  }
}

/** Punctuation separates words here as in contents, but for quotes, and a minus before a word. */
function separate(question: string): string {
  return question.replace(/(?<!^|\s)-|[!#-,./:-@[-`{-~“”„‘’‚«»‹›–—…·•¡¿]/g, ' ')
}
