/**
 * The message aggregate: a message is sent once, and its sender may edit it or delete it for both.
 *
 * The projection of messages looks the recipient up, in the transaction of the append, so no message is ever
 * sent to an unknown user.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { MessageEvent } from './events.ts'

export interface SendMessage {
  readonly type: 'SendMessage'
  readonly id: string
  readonly from: string
  readonly to: string
  readonly content: string
}

export interface EditMessage {
  readonly type: 'EditMessage'
  /** The id of the edit itself. */
  readonly id: string
  /** The user who asks for it. */
  readonly by: string
  readonly content: string
}

export interface DeleteMessage {
  readonly type: 'DeleteMessage'
  /** The id of the deletion itself. */
  readonly id: string
  /** The user who asks for it. */
  readonly by: string
}

export type MessageCommand = SendMessage | EditMessage | DeleteMessage

export type Message =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'sent'
      readonly id: string
      readonly from: string
      readonly to: string
      readonly content: string
    }
  | { readonly status: 'deleted'; readonly from: string }

export const message: Aggregate<Message, MessageCommand, MessageEvent> = {
  view: 'message_stream_5',
  tables: {
    MessageSent: 'message_sent_3',
    MessageEdited: 'message_edited_5',
    MessageDeleted: 'message_deleted_5',
  },
  initialState: { status: 'unknown' },
  evolve,
  decide,
}

function evolve(state: Message, event: MessageEvent): Message {
  switch (event.type) {
    case 'MessageSent': {
      const { id, srcId: from, dstId: to, content } = event.data
      return { status: 'sent', id, from, to, content }
    }
    case 'MessageEdited':
      return state.status === 'sent' ? { ...state, content: event.data.content } : state
    case 'MessageDeleted':
      return state.status === 'sent' ? { status: 'deleted', from: state.from } : state
    default:
      return event satisfies never
  }
}

function decide(command: MessageCommand, state: Message): readonly MessageEvent[] {
  switch (command.type) {
    case 'SendMessage': {
      const { id, from, to, content } = command
      if (state.status !== 'unknown')
        throw new RejectedError('conflict', `message ${id} was already sent`)
      return [{ type: 'MessageSent', data: { id, srcId: from, dstId: to, content } }]
    }
    case 'EditMessage': {
      const { id, by, content } = command
      const sent = sentBy(by, state)
      if (sent.status === 'deleted') throw new RejectedError('conflict', 'the message was deleted')
      if (sent.content === content) return []
      return [{ type: 'MessageEdited', data: { id, ...idsOf(sent), content } }]
    }
    case 'DeleteMessage': {
      const sent = sentBy(command.by, state)
      // Already deleted, as the caller asked.
      if (sent.status === 'deleted') return []
      return [{ type: 'MessageDeleted', data: { id: command.id, ...idsOf(sent) } }]
    }
    default:
      return command satisfies never
  }
}

/** The ids that its edits and its deletion contain. */
function idsOf({ id, from, to }: Message & { status: 'sent' }) {
  return { messageId: id, srcId: from, dstId: to }
}

/** Another user's message and an unknown id get the same error, so a caller learns nothing. */
function sentBy(user: string, state: Message): Exclude<Message, { status: 'unknown' }> {
  if (state.status !== 'unknown' && state.from === user) return state
  throw new RejectedError('not_found', 'the user sent no such message')
}
