/**
 * The conversation, as one of the two reads it: how far, which only ever grows.
 *
 * Its id follows from the two users, so that whoever reads on several devices at once reads in one
 * stream, and the smaller of two receipts finds that there is nothing left to do.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import type { ConversationEvent } from './events.ts'

export interface ReadConversation {
  readonly type: 'ReadConversation'
  readonly userId: string
  readonly withId: string
  /** A message of the two, and its position. */
  readonly upTo: string
  readonly upToPosition: number
}

export type ConversationCommand = ReadConversation

export interface Conversation {
  /** The position up to which all is read; 0: nothing. */
  readonly readPosition: number
}

export const conversation: Aggregate<Conversation, ConversationCommand, ConversationEvent> = {
  view: 'conversation_stream_4',
  tables: { ConversationRead: 'conversation_read_4' },
  initialState: { readPosition: 0 },
  evolve,
  decide,
}

/** The namespace of the ids below; drawn once, never to change. */
const namespace = '0f3a2c5e-9d1b-4c1a-8f6e-7b1d2a94c3e7'

/** The stream in which a user reads what another one writes. */
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
      // Nobody has to read what he wrote himself, nor anything again.
      if (userId === withId || upToPosition <= readPosition) return []
      const id = conversationId(userId, withId)
      return [{ type: 'ConversationRead', data: { id, ...data } }]
    }
    default:
      return command.type satisfies never
  }
}
