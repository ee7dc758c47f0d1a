/**
 * Unread messages of the users who listen. They are counted once for each user, and then follow the events, so that
 * a message costs no count, however many are unread.
 *
 * A count is exact as of the event with which it is sent, or as of a later position that the database had reached
 * when it was read. Only a user who reads some of the unread messages, and not all, is counted again.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findUnread, type UnreadConversation } from '../conversations/queries.ts'
import { countedIn } from './events.ts'
import type { EventRow } from './queries.ts'
import type { Unread } from './schemas.ts'

interface Conversation {
  unread: number
  readonly readPosition: bigint
  receivedPosition: bigint
}

/** The unread messages of one user. */
export class UnreadMessages {
  /** The counts contain every event up to here. */
  #asOf: bigint
  /** By the other user; those that were read to the end may be absent. */
  readonly #conversations: Map<string, Conversation>
  #total = 0

  private constructor(asOf: string, rows: readonly UnreadConversation[]) {
    this.#asOf = BigInt(asOf)
    this.#conversations = new Map(rows.map((row) => [row.withId, toConversation(row)]))
    for (const { unread } of rows) this.#total += unread
  }

  /** Counts the unread messages of a user. */
  static async load(on: Queryable, userId: string): Promise<UnreadMessages> {
    const { asOf, rows } = await findUnread(on, userId)
    return new UnreadMessages(asOf, rows)
  }

  /** The counts for an event of the conversation with this user. */
  with(withId: string): Unread {
    const unread = this.#conversations.get(withId)?.unread ?? 0
    return { unread, unreadTotal: this.#total }
  }

  /** Follows an event that can change these counts. Returns false if they must be loaded again. */
  follow(row: EventRow): boolean {
    const position = BigInt(row.position)
    const withId = countedIn(row)?.withId
    if (position <= this.#asOf || withId === undefined) return true
    const known = this.#conversations.get(withId)
    if (row.reader && !this.#read(withId, known, BigInt(row.upToPosition ?? 0))) return false
    this.#asOf = position
    if (row.type === 'message_deleted_5') {
      if (known && BigInt(row.messagePosition ?? 0) > known.readPosition) this.#add(known, -1)
    } else if (row.position === row.messagePosition) {
      const conversation = known ?? { unread: 0, readPosition: position - 1n, receivedPosition: 0n }
      conversation.receivedPosition = position
      this.#conversations.set(withId, conversation)
      this.#add(conversation, 1)
    }
    return true
  }

  #add(conversation: Conversation, messages: number): void {
    conversation.unread += messages
    this.#total += messages
  }

  #read(withId: string, known: Conversation | undefined, upTo: bigint): boolean {
    if (!known || upTo <= known.readPosition) return true
    if (upTo < known.receivedPosition) return false
    this.#total -= known.unread
    this.#conversations.delete(withId)
    return true
  }
}

function toConversation({ unread, readPosition, receivedPosition }: UnreadConversation) {
  return {
    unread,
    readPosition: BigInt(readPosition),
    receivedPosition: BigInt(receivedPosition),
  }
}
