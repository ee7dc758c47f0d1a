/** Sending a message. That its recipient exists is the read table's to say. */

import type { Metadata } from '../event-store/event.ts'
import type { Appended, EventStore } from '../event-store/store.ts'
import { uuidV7 } from '../event-store/uuid-v7.ts'
import { message } from './message.ts'

export interface Sending {
  readonly from: string
  readonly to: string
  readonly content: string
  readonly metadata: Metadata
}

/** Sends a message and answers its id. Throws `recipient_unknown` when there is nobody to get it. */
export async function sendMessage(
  { store }: { readonly store: EventStore },
  { from, to, content, metadata }: Sending,
): Promise<Appended & { readonly id: string }> {
  const id = uuidV7()
  const appended = await store.append({
    aggregate: message,
    streamId: id,
    expectedVersion: 0,
    events: message.decide({ type: 'SendMessage', id, from, to, content }, message.initialState),
    metadata,
  })
  return { ...appended, id }
}
