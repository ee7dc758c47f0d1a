/** The events of a stream, as `follow` hands them on. */

import type { components } from '../types.ts'

type Message = components['schemas']['Message']

/** In the conversation with the user `with`, the user `by` has read everything up to the message `upTo`. */
export interface ConversationRead {
  readonly with: string
  readonly by: string
  readonly upTo: string
  readonly readAt: string
}

/**
 * An event of the user. Its `id` is a position of the log; `ready` names the one after which the events begin. A newer
 * server may send other events: ignore them, and keep their ids.
 */
export type StreamEvent = components['schemas'] extends { StreamEvent: infer Event }
  ? Extract<Event, { readonly id: string }>
  : KnownEvent

/** For a document that does not declare its events. */
type KnownEvent =
  | { readonly id: string; readonly event: 'ready'; readonly data: object }
  | {
      readonly id: string
      readonly event: 'message_sent' | 'message_edited' | 'message_deleted'
      readonly data: Message
    }
  | { readonly id: string; readonly event: 'conversation_read'; readonly data: ConversationRead }
