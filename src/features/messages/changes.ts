/** Editing and deleting a message, each decided on the one version of it that is there. */

import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { type DeleteMessage, type EditMessage, message } from './message.ts'
import type { MessageDeps } from './send.ts'

/** Losing three times in a row to changes of the same message is no accident: say so. */
const ATTEMPTS = 3

export interface Change {
  readonly messageId: string
  /** Who asks for it. */
  readonly by: string
  /** Throws when the version of the message is not the one the caller knows. */
  readonly precondition: (version: number) => void
  readonly metadata: Metadata
}

type Deps = Pick<MessageDeps, 'store'>

/** Gives a message another content; undefined where it has it already. */
export function editMessage(
  deps: Deps,
  { content, ...change }: Change & { readonly content: string },
): Promise<Appended | undefined> {
  return changeMessage(deps, change, { type: 'EditMessage', id: uuidV7(), by: change.by, content })
}

/** Takes a message back, for both; undefined where that was done before. */
export function deleteMessage(deps: Deps, change: Change): Promise<Appended | undefined> {
  return changeMessage(deps, change, { type: 'DeleteMessage', id: uuidV7(), by: change.by })
}

/** Throws `not_found` for what this user did not send, before anything of its version is told. */
function changeMessage(
  { store }: Deps,
  { messageId, precondition, metadata }: Change,
  command: EditMessage | DeleteMessage,
): Promise<Appended | undefined> {
  // Who is overtaken finds in the next attempt what was done meanwhile, and what he has to hear of it.
  return handleCommand(store, ATTEMPTS, {
    aggregate: message,
    streamId: messageId,
    command,
    metadata,
    precondition,
  })
}
