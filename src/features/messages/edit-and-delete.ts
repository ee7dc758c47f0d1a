/** Edits and deletes messages. Each change is decided on the current version of the message. */

import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { type DeleteMessage, type EditMessage, message } from './message.ts'
import type { MessageDeps } from './send.ts'

/** Three lost races for one message are no coincidence: then the caller gets `version_conflict`. */
const ATTEMPTS = 3

export interface Change {
  readonly messageId: string
  /** The user who asks for the change. */
  readonly by: string
  /** Throws if the caller expects another version of the message. */
  readonly precondition: (version: number) => void
  readonly metadata: Metadata
}

type Deps = Pick<MessageDeps, 'store'>

/** Replaces the content of a message; undefined if it has this content already. */
export function editMessage(
  deps: Deps,
  { content, ...change }: Change & { readonly content: string },
): Promise<Appended | undefined> {
  return changeMessage(deps, change, { type: 'EditMessage', id: uuidV7(), by: change.by, content })
}

/** Deletes a message, for sender and recipient; undefined if it was deleted before. */
export function deleteMessage(deps: Deps, change: Change): Promise<Appended | undefined> {
  return changeMessage(deps, change, { type: 'DeleteMessage', id: uuidV7(), by: change.by })
}

/** Throws `not_found` if this user did not send the message, before its version is revealed. */
function changeMessage(
  { store }: Deps,
  { messageId, precondition, metadata }: Change,
  command: EditMessage | DeleteMessage,
): Promise<Appended | undefined> {
  // After a lost race the next attempt loads the new state, and decides and checks the precondition again.
  return handleCommand(store, ATTEMPTS, {
    aggregate: message,
    streamId: messageId,
    command,
    metadata,
    precondition,
  })
}
