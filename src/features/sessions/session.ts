/**
 * The session: starts with a login, ends when its user says so or when its time has come.
 *
 * Knows nothing of passwords; that a password change ended it is the read table's knowledge, which
 * refuses the end of a session that is no longer live.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { SessionEvent } from './events.ts'

export interface StartSession {
  readonly type: 'StartSession'
  readonly id: string
  readonly userId: string
  readonly tokenHash: string
  readonly expiresAt: Date
}

export interface EndSession {
  readonly type: 'EndSession'
  /** Who asks for it. */
  readonly userId: string
  readonly now: Date
}

export type SessionCommand = StartSession | EndSession

export type Session =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'started'
      readonly id: string
      readonly userId: string
      readonly expiresAt: Date
    }
  | { readonly status: 'ended' }

export const session: Aggregate<Session, SessionCommand, SessionEvent> = {
  view: 'session_stream_0',
  tables: { SessionStarted: 'session_started_0', SessionEnded: 'session_ended_0' },
  initialState: { status: 'unknown' },
  evolve,
  decide,
}

function evolve(_state: Session, event: SessionEvent): Session {
  switch (event.type) {
    case 'SessionStarted': {
      const { id, userId, expiresAt } = event.data
      return { status: 'started', id, userId, expiresAt: new Date(expiresAt) }
    }
    case 'SessionEnded':
      return { status: 'ended' }
    default:
      return event satisfies never
  }
}

function decide(command: SessionCommand, state: Session): readonly SessionEvent[] {
  switch (command.type) {
    case 'StartSession': {
      if (state.status !== 'unknown') {
        throw new RejectedError('conflict', `session ${command.id} was started before`)
      }
      const { id, userId, tokenHash, expiresAt } = command
      return [
        {
          type: 'SessionStarted',
          data: { id, userId, tokenHash, expiresAt: expiresAt.toISOString() },
        },
      ]
    }
    case 'EndSession': {
      const { userId, now } = command
      // One answer for a foreign session, one that never was, one that is over: nothing to learn.
      if (state.status !== 'started' || state.userId !== userId || state.expiresAt <= now) {
        throw new RejectedError('not_found', 'the user has no such live session')
      }
      return [{ type: 'SessionEnded', data: { id: state.id, userId } }]
    }
    default:
      return command satisfies never
  }
}
