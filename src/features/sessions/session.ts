/**
 * The aggregate of a session, which starts with a login and ends when its user ends it or when it expires.
 *
 * Password changes, which also end sessions, are events of the user. Only the read table sees both, so it
 * rejects the end of a session that a password change has ended.
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
  /** The user who requests it. */
  readonly userId: string
  readonly now: Date
}

/** A newer session of the same user takes the place of this one. */
export interface ReplaceSession {
  readonly type: 'ReplaceSession'
}

export type SessionCommand = StartSession | EndSession | ReplaceSession

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
        throw new RejectedError('conflict', `session ${command.id} is already started`)
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
      // The same error for a foreign, an unknown and an ended session, so that a client learns nothing.
      if (state.status !== 'started' || state.userId !== userId || state.expiresAt <= now) {
        throw new RejectedError('not_found', 'the user has no such active session')
      }
      return [{ type: 'SessionEnded', data: { id: state.id, userId } }]
    }
    case 'ReplaceSession':
      // A session that has ended meanwhile has made room already.
      if (state.status !== 'started') return []
      return [{ type: 'SessionEnded', data: { id: state.id, userId: state.userId } }]
    default:
      return command satisfies never
  }
}
