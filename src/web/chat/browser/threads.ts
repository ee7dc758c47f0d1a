/**
 * The messages with one person: each once, in the order of the log, in its newest version. Pure.
 *
 * Pages, responses and events can arrive in any order and more than once; the result is the same. Only messages from
 * `oldest` on are shown, because older ones can have gaps: an event can be about any old message. A message that is
 * being sent stands at the end until its response or its event arrives; both carry its `clientId`.
 */

import type { Schemas } from '../../../../openapi/client.ts'

export type Message = Schemas['Message']

/** A message that the server has not answered yet, or has refused. */
export interface Pending {
  readonly clientId: string
  /** Messages are sent in this order. */
  readonly number: number
  readonly content: string
  /** Why the server refused it. */
  readonly refusal?: string
}

/** How far one of the two people has read. */
export interface Receipt {
  readonly by: string
  readonly upTo: string
  readonly readAt: string
  /** The position of the event. */
  readonly at: string
}

export interface Thread {
  readonly messages: readonly Message[]
  readonly pending: readonly Pending[]
  /** In the order of their events. */
  readonly receipts: readonly Receipt[]
  /** Whether the newest page has arrived. */
  readonly isLoaded: boolean
  /** From this position on, no message is missing. Absent before the first page. */
  readonly oldest?: string
  /** Leads to older messages. */
  readonly nextCursor?: string
}

export interface Page {
  readonly items: readonly Message[]
  readonly nextCursor?: string | undefined
  /** The cursor that was asked for; absent for the newest page. */
  readonly before?: string
}

export const emptyThread: Thread = { messages: [], pending: [], receipts: [], isLoaded: false }

/** Whether one position of the log is after another. */
export const isAfter = (one: string, other: string): boolean => BigInt(one) > BigInt(other)

/** The messages without a gap, oldest first. Before the first page, or if it fails to load, those that are known. */
export function shownOf({ messages, oldest }: Thread): readonly Message[] {
  if (oldest === undefined) return messages
  return messages.filter(({ position }) => !isAfter(oldest, position))
}

/** The thread with these messages. */
export function withMessages(thread: Thread, incoming: readonly Message[]): Thread {
  const byId = new Map(thread.messages.map((message) => [message.id, message]))
  for (const message of incoming) byId.set(message.id, newer(byId.get(message.id), message))
  const sent = new Set(incoming.map(({ clientId }) => clientId))
  return withReadTimes({
    ...thread,
    messages: [...byId.values()].sort((one, other) =>
      isAfter(one.position, other.position) ? 1 : -1,
    ),
    pending: thread.pending.filter(({ clientId }) => !sent.has(clientId)),
  })
}

/** The thread with a page. One that follows no longer known messages adds them, and moves no end. */
export function withPage(thread: Thread, { items, nextCursor, before }: Page): Thread {
  const next = withMessages(thread, items)
  if (before !== undefined && before !== thread.nextCursor) return next
  const { nextCursor: _old, ...rest } = next
  const oldest = nextCursor === undefined ? '0' : (items.at(-1)?.position ?? '0')
  return { ...rest, isLoaded: true, oldest, ...(nextCursor !== undefined && { nextCursor }) }
}

/** The thread after one of its two people has read it. */
export function withReceipt(thread: Thread, receipt: Receipt): Thread {
  if (thread.receipts.some(({ at }) => at === receipt.at)) return thread
  const receipts = [...thread.receipts, receipt].sort((one, other) =>
    isAfter(one.at, other.at) ? 1 : -1,
  )
  return withReadTimes({ ...thread, receipts })
}

/** The thread with a message that is being sent or was refused, unless the message has arrived already. */
export function withPending(thread: Thread, pending: Pending): Thread {
  const { clientId } = pending
  if (thread.messages.some((one) => one.clientId === clientId)) return thread
  const others = withoutPending(thread, clientId).pending
  const inOrder = [...others, pending].sort((one, other) => one.number - other.number)
  return { ...thread, pending: inOrder }
}

export function withoutPending(thread: Thread, clientId: string): Thread {
  return { ...thread, pending: thread.pending.filter((one) => one.clientId !== clientId) }
}

/** The newer version of a message, with what only one of the two carries. */
function newer(known: Message | undefined, message: Message): Message {
  if (!known) return message
  return known.version > message.version ? { ...message, ...known } : { ...known, ...message }
}

/**
 * A message was read at the time of the first receipt that covers it. All receipts are kept, because a page that was
 * requested before them can still arrive.
 */
function withReadTimes(thread: Thread): Thread {
  const read = thread.receipts.map(({ by, upTo, readAt }) => {
    const last = thread.messages.find(({ id }) => id === upTo)?.position
    return { by, last, readAt }
  })
  const messages = thread.messages.map((message) => {
    const one = read.find(({ by, last }) => {
      return message.to === by && last !== undefined && !isAfter(message.position, last)
    })
    return one && !message.readAt ? { ...message, readAt: one.readAt } : message
  })
  return { ...thread, messages }
}
