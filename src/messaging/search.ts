/**
 * Search in a user's messages: PostgreSQL's full-text search over words as they stand, in no language in
 * particular. All words of the question must be in a message; `or`, `-word` and "a phrase" mean what
 * they do in a web search. One index finds word and user together, so that what others wrote is not
 * looked at, and what is found of one's own is sorted.
 */

import { sql } from 'kysely'
import { database } from '../database.ts'
import { beyondLastPosition } from '../event-store/event.ts'
import type { Order, PageRequest } from '../postgres/page.ts'
import { type Param, prepare, type Queryable } from '../postgres/prepared.ts'
import { type MessageFilter, type MessageRow, messages } from './queries.ts'

interface Params {
  readonly userId: string
  readonly question: string
  readonly people: string
  readonly key: string
  readonly fetch: number
}

const pages = { desc: prepareSearch('desc'), asc: prepareSearch('asc') }

function prepareSearch(order: Order) {
  return prepare(`searchMessages.${order}`, (param: Param<Params>) => {
    const question = sql`websearch_to_tsquery('simple', ${param('question')}::text)`
    const found = database
      .selectFrom('read.message_words_7')
      .select(['id', 'position'])
      .where(sql<boolean>`words @@ (${question} && ${param('people')}::tsquery)`)
      // A question without any word is no question; with people alone it would find everything.
      .where(sql<boolean>`numnode(${question}) > 0`)
      .where('position', order === 'asc' ? '>' : '<', param('key'))
      .orderBy('position', order)
      .limit(param('fetch'))
    return messages(param as Param<{ userId: string }>)
      .innerJoin(found.as('found'), 'found.id', 'message.id')
      .orderBy('message.position', order)
  })
}

/** One page of the user's messages that answer the question; deleted ones have no words. */
export function searchMessages(
  on: Queryable,
  filter: MessageFilter,
  question: string,
  { key = beyondLastPosition, order, fetch }: PageRequest<string>,
): Promise<MessageRow[]> {
  const { userId } = filter
  const people = peopleOf(filter)
  return pages[order].all(on, { userId, question: separate(question), people, key, fetch })
}

/** Punctuation separates words here as in the table, but for quotes, and a minus before a word. */
function separate(question: string): string {
  return question.replace(/(?<!^|\s)-|[!#-,./:-@[-`{-~“”„‘’‚«»‹›–—…·•¡¿]/g, ' ')
}

/** Whose messages, in the words of the table: ids only, so there is nothing in them to escape. */
function peopleOf({ userId, box, with: other }: MessageFilter): string {
  const sent = `' from ${userId}'${other === undefined ? '' : ` & ' to ${other}'`}`
  const received = `' to ${userId}'${other === undefined ? '' : ` & ' from ${other}'`}`
  if (box === undefined) return `${sent} | ${received}`
  return box === 'sent' ? sent : received
}
