/**
 * The conversation as one of its two users reads it. Its state is how far that user has read, and this
 * position only grows.
 *
 * Its id is derived from the two users. Devices of the same user therefore share one stream, and of
 * two concurrent receipts the older one changes nothing.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import type { ConversationEvent } from './events.ts'

export interface ReadConversation {
  readonly type: 'ReadConversation'
  readonly userId: string
  readonly withId: string
  /** A message that the two users exchanged, and its position. */
  readonly upTo: string
  readonly upToPosition: number
}

export type ConversationCommand = ReadConversation

export interface Conversation {
  /** The position up to which everything is read; 0 if nothing is. */
  readonly readPosition: number
}

export const conversation: Aggregate<Conversation, ConversationCommand, ConversationEvent> = {
  view: 'conversation_stream_4',
  tables: { ConversationRead: 'conversation_read_4' },
  initialState: { readPosition: 0 },
  evolve,
  decide,
}

/** The namespace of the ids below: a random UUID that must never change. */
const namespace = '0f3a2c5e-9d1b-4c1a-8f6e-7b1d2a94c3e7'

/** The stream of a user's receipts for messages from the user `withId`. */
export function conversationId(userId: string, withId: string): string {
  return uuidV5(namespace, `${userId} ${withId}`)
}

function evolve(state: Conversation, event: ConversationEvent): Conversation {
  switch (event.type) {
    case 'ConversationRead':
      return { readPosition: Math.max(state.readPosition, event.data.upToPosition) }
    default:
      return event.type satisfies never
  }
}

function decide(
  command: ConversationCommand,
  { readPosition }: Conversation,
): readonly ConversationEvent[] {
  switch (command.type) {
    case 'ReadConversation': {
      const { type: _, ...data } = command
      const { userId, withId, upToPosition } = data
      // Messages to oneself are never unread, and an earlier receipt stays valid.
      if (userId === withId || upToPosition <= readPosition) return []
      const id = conversationId(userId, withId)
      return [{ type: 'ConversationRead', data: { id, ...data } }]
    }
    default:
      return command.type satisfies never
  }
}
