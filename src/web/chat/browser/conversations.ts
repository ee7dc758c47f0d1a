/**
 * The list of conversations and the counts of unread messages. Pure.
 *
 * Pages and events can arrive in any order: each value has the position of the log at which it was true, and a value
 * of an earlier position never replaces one of a later position.
 */

import type { Schemas } from '../../../../openapi/client.ts'
import { isAfter, type Message } from './threads.ts'

/** A value, and the position of the log at which it was true. */
interface Dated<T> {
  readonly value: T
  readonly at: string
}

/** What is known about the conversation with one user. */
export interface Conversation {
  readonly id: string
  readonly last?: Message
  readonly unread: Dated<number>
  readonly blocked: Dated<boolean>
  /** Whether the list shows it: a page has contained it, or its last message has arrived since. */
  readonly isListed: boolean
}

export interface Conversations {
  readonly byId: Readonly<Record<string, Conversation>>
  readonly unreadTotal: Dated<number>
  readonly isLoaded: boolean
  /** The position of the newest first page. */
  readonly begunAt: string
  /** Leads to conversations with older messages. */
  readonly nextCursor?: string
}

/** What an event shows about a conversation. */
export interface Change {
  readonly id: string
  readonly message?: Message
  readonly isNew?: boolean
  readonly unread?: number | undefined
  readonly unreadTotal?: number | undefined
  readonly blocked?: boolean
}

export interface ConversationPage {
  readonly page: Schemas['ConversationPage']
  /** The position of the log that the page was read at. */
  readonly at: string
  /** The cursor that was asked for; absent for the first page. */
  readonly before?: string
}

export const noConversations: Conversations = {
  byId: {},
  unreadTotal: { value: 0, at: '-1' },
  isLoaded: false,
  begunAt: '-1',
}

/** The conversations of the list, the one with the newest message first. */
export function listed({ byId }: Conversations): (Conversation & { readonly last: Message })[] {
  return Object.values(byId)
    .filter((one) => one.isListed)
    .flatMap((one) => (one.last ? { ...one, last: one.last } : []))
    .sort((one, other) => (isAfter(one.last.position, other.last.position) ? -1 : 1))
}

/** The list with what is true at the position `at`. */
export function withChange(list: Conversations, change: Change, at: string): Conversations {
  const { id, message, isNew = false, unread, unreadTotal, blocked } = change
  const known = list.byId[id] ?? {
    id,
    unread: { value: 0, at: '-1' },
    blocked: { value: false, at: '-1' },
    isListed: false,
  }
  const last = newest(known.last, message)
  const next: Conversation = {
    ...known,
    ...(last && { last }),
    unread: latest(known.unread, unread, at),
    blocked: latest(known.blocked, blocked, at),
    isListed: known.isListed || isNew,
  }
  const total = latest(list.unreadTotal, unreadTotal, at)
  return { ...list, byId: { ...list.byId, [id]: next }, unreadTotal: total }
}

/** The list with a page. The first page replaces the list, except what is newer than the page. */
export function withConversations(
  list: Conversations,
  { page, at, before }: ConversationPage,
): Conversations {
  const isFirst = before === undefined
  const isStale = isFirst ? isAfter(list.begunAt, at) : before !== list.nextCursor
  const begun = isFirst && !isStale ? { ...unlisted(list, at), begunAt: at } : list
  const added = page.items.reduce((all, { with: { id }, lastMessage, unread, blocked }) => {
    const change = { id, message: lastMessage, isNew: !isStale, unread, blocked }
    return withChange(all, change, at)
  }, begun)
  const unreadTotal = latest(added.unreadTotal, page.unreadTotal, at)
  if (isStale) return { ...added, unreadTotal }
  const { nextCursor: _old, ...rest } = added
  const { nextCursor } = page
  return { ...rest, unreadTotal, isLoaded: true, ...(nextCursor !== undefined && { nextCursor }) }
}

/** The list with all users who were blocked at the position `at`: a new message can list any of them. */
export function withBlocks(list: Conversations, ids: readonly string[], at: string): Conversations {
  const blocked = new Set(ids)
  const all = [...new Set([...Object.keys(list.byId), ...ids])]
  return all.reduce((next, id) => withChange(next, { id, blocked: blocked.has(id) }, at), list)
}

/**
 * Nothing is listed but what has a message after `at`. Counts begin at 0: before one of the others is listed, a page or
 * an event brings its count, or its user sends a message, which marks the conversation as read.
 */
function unlisted(list: Conversations, at: string): Conversations {
  const entries = Object.values(list.byId).map((one) => {
    const isListed = one.isListed && one.last !== undefined && isAfter(one.last.position, at)
    return [one.id, { ...one, isListed, unread: latest(one.unread, 0, at) }]
  })
  return { ...list, byId: Object.fromEntries(entries) }
}

function latest<T>(known: Dated<T>, value: T | undefined, at: string): Dated<T> {
  return value === undefined || isAfter(known.at, at) ? known : { value, at }
}

/** The last of two messages; of the same message, the newer version. */
function newest(known: Message | undefined, message: Message | undefined): Message | undefined {
  if (!known || !message) return known ?? message
  if (known.id === message.id) return known.version > message.version ? known : message
  return isAfter(known.position, message.position) ? known : message
}
