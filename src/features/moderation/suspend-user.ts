/** An operator suspends a user, or ends the suspension. */

import type { Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { type Operator, operatorMetadata } from './operator.ts'
import { suspension, suspensionId } from './suspension.ts'

/** Three conflicts in a row about the same user are no coincidence: report the third. */
const ATTEMPTS = 3

interface Deps {
  readonly store: EventStore
}

/**
 * Suspends a user, which ends every session in the same append. Returns undefined when the user is suspended already.
 * The caller has found the user.
 */
export function suspendUser(
  { store }: Deps,
  { userId, reason, actor }: Operator & { readonly userId: string; readonly reason: string },
): Promise<Recorded | undefined> {
  return handleCommand(store, ATTEMPTS, {
    aggregate: suspension,
    streamId: suspensionId(userId),
    command: { type: 'SuspendUser', userId, reason, actor },
    metadata: operatorMetadata(actor),
  })
}

/** Ends the suspension. Returns undefined when the user is not suspended. */
export function reinstateUser(
  { store }: Deps,
  { userId, actor }: Operator & { readonly userId: string },
): Promise<Recorded | undefined> {
  return handleCommand(store, ATTEMPTS, {
    aggregate: suspension,
    streamId: suspensionId(userId),
    command: { type: 'ReinstateUser', userId, actor },
    metadata: operatorMetadata(actor),
  })
}
