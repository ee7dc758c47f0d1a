/**
 * Searches a user's messages with PostgreSQL's full-text search, without stemming or a language. All
 * words of the question must be in a message; `or`, `-word` and "a phrase" work as in a web search.
 *
 * There is no table of words. A search reads the user's messages along the index of their list and
 * splits them into words as it goes. It stops at a bound and returns where the next search continues.
 */

import { sql } from 'kysely'
import { beyondLastPosition } from '../../platform/event-store/event.ts'
import type { Direction, PageRequest } from '../../platform/postgres/page.ts'
import type { Param, Queryable } from '../../platform/postgres/prepared.ts'
import { type MessageFilter, type MessagePage, prepareForBoxes, type SelectPage } from './boxes.ts'
import { allMessages, type MessageRow, messages } from './queries.ts'
import { database } from './tables.ts'

/** The messages found, and where to continue if the search stopped at a bound. */
export interface SearchResult {
  readonly rows: MessageRow[]
  /** The position of the last message searched; absent if all were searched. */
  readonly searchedUpTo?: string
}

/**
 * How much one search reads. A message of 100 bytes takes 18 µs, and a kilobyte of any text 0.1 to 0.4 ms.
 * Either bound is therefore about 100 ms of the database.
 */
export const bounds = { messages: 5_000, bytes: 500_000 }

interface Params extends MessagePage {
  readonly question: string
  readonly bytes: number
  readonly show: number
}

/**
 * Punctuation separates words, so it is replaced by spaces. PostgreSQL's parser would look for addresses
 * and file names in it, and takes a second for 10,000 characters of "a_a_a_". With LC_CTYPE C, it also
 * treats every character outside ASCII as a letter, and cannot lower its case.
 */
const marks = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~“”„‘’‚«»‹›–—…·•¡¿'
const words = sql`to_tsvector('simple',
  translate(content, ${sql.lit(marks)}, ${sql.lit(' '.repeat(marks.length))}))`

const searchOf = prepareForBoxes('searchMessages', search)

function search(selectPage: SelectPage<Params>, param: Param<Params>, direction: Direction) {
  const { order } = direction
  // A subquery is evaluated once, not for each message.
  const question = sql`(select websearch_to_tsquery('simple', ${param('question')}::text))`
  const inOrder = sql`(order by position ${sql.raw(order)} rows unbounded preceding)`
  const read = database
    .selectFrom(selectPage(allMessages, param, direction).as('candidate'))
    .select(['id', 'position', 'content'])
    .select(sql<number>`row_number() over ${inOrder}`.as('nth'))
    .select(sql<number>`coalesce(octet_length(content), 0)`.as('bytes'))
    .select(sql<number>`coalesce(sum(octet_length(content)) over ${inOrder}, 0)`.as('total'))
  const found = sql<boolean>`coalesce(${words} @@ ${question}, false)`
  const isLast = sql<boolean>`(nth = ${param('fetch')} or total >= ${param('bytes')})`
  // The messages found, and the message at which a bound was reached, found or not.
  const result = database
    .selectFrom(read.as('read'))
    .select(['id', 'position', found.as('found'), isLast.as('isLast')])
    .where(sql<boolean>`total - bytes < ${param('bytes')}`)
    // A question without any word finds nothing.
    .where(sql<boolean>`numnode(${question}) > 0`)
    .where((eb) => eb.or([found, isLast]))
    .orderBy('position', order)
    .limit(param('show'))
  return messages(param as Param<{ userId: string }>)
    .innerJoin(result.as('result'), 'result.id', 'message.id')
    .select(['result.found', 'result.isLast'])
    .orderBy('message.position', order)
}

/**
 * Returns a page of the user's messages that match the question. The page is short if a bound was
 * reached first. Deleted messages have no words, so they never match.
 */
export async function searchMessages(
  on: Queryable,
  filter: MessageFilter,
  question: string,
  { key = beyondLastPosition, order, fetch: show }: PageRequest<string>,
  { messages: fetch, bytes } = bounds,
): Promise<SearchResult> {
  const { userId, with: other = userId } = filter
  const params = { userId, with: other, key, fetch, bytes, show, question: splitWords(question) }
  const rows = await searchOf(filter, order).all(on, params)
  const last = rows.at(-1)
  return {
    rows: rows.filter(({ found }) => found),
    ...(last?.isLast && { searchedUpTo: last.position }),
  }
}

/** Replaces punctuation as in contents, except for quotes and for a minus before a word. */
function splitWords(question: string): string {
  return question.replace(/(?<!^|\s)-|[!#-,./:-@[-`{-~“”„‘’‚«»‹›–—…·•¡¿]/g, ' ')
}
