/**
 * The aggregate of a user's suspension: whether an operator has suspended the user. Its id is derived from the user's.
 *
 * The read tables end the sessions and refuse logins and messages, because they see those of servers of every release.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import type { SuspensionEvent } from './events.ts'

export interface SuspendUser {
  readonly type: 'SuspendUser'
  readonly userId: string
  readonly reason: string
  readonly actor: string
}

export interface ReinstateUser {
  readonly type: 'ReinstateUser'
  readonly userId: string
  readonly actor: string
}

export type SuspensionCommand = SuspendUser | ReinstateUser

export interface Suspension {
  readonly isSuspended: boolean
}

export const suspension: Aggregate<Suspension, SuspensionCommand, SuspensionEvent> = {
  view: 'suspension_stream_17',
  tables: { UserSuspended: 'user_suspended_17', UserReinstated: 'user_reinstated_17' },
  initialState: { isSuspended: false },
  evolve,
  decide,
}

/** The UUIDv5 namespace of all ids of suspensions. It never changes. */
const namespace = '2f4b8c71-6a0d-4e9b-8f35-d1c7a9e04b62'

/** The id of the stream in which a user is suspended and reinstated. */
export function suspensionId(userId: string): string {
  return uuidV5(namespace, userId)
}

function evolve(_state: Suspension, event: SuspensionEvent): Suspension {
  switch (event.type) {
    case 'UserSuspended':
      return { isSuspended: true }
    case 'UserReinstated':
      return { isSuspended: false }
    default:
      return event satisfies never
  }
}

/** Suspending a suspended user, or reinstating another, changes nothing. */
function decide(
  command: SuspensionCommand,
  { isSuspended }: Suspension,
): readonly SuspensionEvent[] {
  const { userId, actor } = command
  const id = suspensionId(userId)
  switch (command.type) {
    case 'SuspendUser':
      if (isSuspended) return []
      return [{ type: 'UserSuspended', data: { id, userId, reason: command.reason, actor } }]
    case 'ReinstateUser':
      return isSuspended ? [{ type: 'UserReinstated', data: { id, userId, actor } }] : []
    default:
      return command satisfies never
  }
}
