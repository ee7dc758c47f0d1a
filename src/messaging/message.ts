/**
 * The message: sent once, never changed.
 *
 * Whether the recipient exists is decided by the read table's foreign key, in the same transaction,
 * so that nothing is ever sent to nobody.
 */

import type { Aggregate } from '../event-store/aggregate.ts'
import { RejectedError } from '../event-store/errors.ts'
import type { MessageEvent } from './events.ts'

export interface SendMessage {
  readonly type: 'SendMessage'
  readonly id: string
  readonly from: string
  readonly to: string
  readonly content: string
}

export type MessageCommand = SendMessage

export type Message = { readonly status: 'unknown' } | { readonly status: 'sent' }

export const message: Aggregate<Message, MessageCommand, MessageEvent> = {
  view: 'message_stream_3',
  tables: { MessageSent: 'message_sent_3' },
  initialState: { status: 'unknown' },
  evolve,
  decide,
}

function evolve(_state: Message, event: MessageEvent): Message {
  switch (event.type) {
    case 'MessageSent':
      return { status: 'sent' }
    default:
      return event.type satisfies never
  }
}

function decide(command: MessageCommand, state: Message): readonly MessageEvent[] {
  switch (command.type) {
    case 'SendMessage': {
      const { id, from, to, content } = command
      if (state.status === 'sent') throw new RejectedError('conflict', `message ${id} was sent`)
      return [{ type: 'MessageSent', data: { id, srcId: from, dstId: to, content } }]
    }
    default:
      return command.type satisfies never
  }
}
