/**
 * The messages with one person: each once, in the order of the log, in its newest version. Pure.
 *
 * Lists, responses and events arrive in any order and more than once. A message that is being sent stands at the end
 * until its response or its event has arrived, whichever is first; both carry its `clientId`.
 */

import type { Schemas } from '../../../../openapi/client.ts'

type Received = Schemas['Message'] & { readonly position?: string; readonly version?: number }

/** A message that the server has not answered yet, or has refused. */
export interface Pending {
  readonly clientId: string
  /** Messages are sent in this order. */
  readonly number: number
  readonly content: string
  /** Why the server refused it. */
  readonly refusal?: string
}

export interface Thread {
  readonly messages: readonly Received[]
  readonly pending: readonly Pending[]
  /** Whether the newest page has arrived. */
  readonly isLoaded: boolean
  /** Leads to older messages. */
  readonly nextCursor?: string
}

/** The thread with these messages. */
export function withMessages(thread: Thread, incoming: readonly Received[]): Thread {
  const byId = new Map(thread.messages.map((message) => [message.id, message]))
  for (const message of incoming) {
    const known = byId.get(message.id)
    if (!known || !isOlder(message, known)) byId.set(message.id, { ...known, ...message })
  }
  const sent = new Set(incoming.map(({ clientId }) => clientId))
  return {
    ...thread,
    messages: [...byId.values()].sort(inOrder),
    pending: thread.pending.filter(({ clientId }) => !sent.has(clientId)),
  }
}

/** The thread after one of its two people, `by`, has read it up to the message `upTo`. */
export function withRead(
  thread: Thread,
  { by, upTo, readAt }: { readonly by: string; readonly upTo: string; readonly readAt: string },
): Thread {
  const last = thread.messages.findIndex(({ id }) => id === upTo)
  const messages = thread.messages.map((message, index) =>
    index <= last && message.to === by ? { readAt, ...message } : message,
  )
  return { ...thread, messages }
}

/** By position, where the server sends it; else by time. */
function inOrder(one: Received, other: Received): number {
  if (one.position !== undefined && other.position !== undefined) {
    return BigInt(one.position) < BigInt(other.position) ? -1 : 1
  }
  return one.sentAt < other.sentAt || (one.sentAt === other.sentAt && one.id < other.id) ? -1 : 1
}

function isOlder(one: Received, other: Received): boolean {
  if (one.version !== undefined && other.version !== undefined) return one.version < other.version
  if (one.deletedAt || other.deletedAt) return !one.deletedAt
  return (one.editedAt ?? '') < (other.editedAt ?? '')
}
