/**
 * The aggregate of a session, which starts with a login and ends when its user ends it or when it expires.
 *
 * Password changes, which also end sessions, are events of the user, and uses, which prolong sessions, are no
 * events. Only the read table and the uses know both: whether a session is still active is looked up before a
 * command, and the read table rejects a command on a session that a password change has ended.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { SessionEvent, SessionStarted } from './events.ts'

export interface StartSession {
  readonly type: 'StartSession'
  readonly session: SessionStarted['data']
}

export interface EndSession {
  readonly type: 'EndSession'
  /** The user who requests it. */
  readonly userId: string
}

export interface LabelSession {
  readonly type: 'LabelSession'
  /** The user who requests it. */
  readonly userId: string
  /** Null removes the label. */
  readonly label: string | null
}

/** The session ends in favour of another one of its user: a newer login, or the only one that stays. */
export interface ReplaceSession {
  readonly type: 'ReplaceSession'
}

export type SessionCommand = StartSession | EndSession | LabelSession | ReplaceSession

interface StartedSession {
  readonly status: 'started'
  readonly id: string
  readonly userId: string
  readonly label: string | null
}

export type Session = { readonly status: 'unknown' } | StartedSession | { readonly status: 'ended' }

export const session: Aggregate<Session, SessionCommand, SessionEvent> = {
  view: 'session_stream_10',
  tables: {
    SessionStarted: 'session_started_10',
    SessionLabelled: 'session_labelled_10',
    SessionEnded: 'session_ended_0',
  },
  initialState: { status: 'unknown' },
  evolve,
  decide,
}

function evolve(state: Session, event: SessionEvent): Session {
  switch (event.type) {
    case 'SessionStarted': {
      const { id, userId, label } = event.data
      return { status: 'started', id, userId, label }
    }
    case 'SessionLabelled':
      return state.status === 'started' ? { ...state, label: event.data.label } : state
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
        throw new RejectedError('conflict', `session ${command.session.id} is already started`)
      }
      return [{ type: 'SessionStarted', data: command.session }]
    }
    case 'EndSession': {
      const { id, userId } = startedBy(command.userId, state)
      return [{ type: 'SessionEnded', data: { id, userId } }]
    }
    case 'LabelSession': {
      const { id, userId, label } = startedBy(command.userId, state)
      if (label === command.label) return []
      return [{ type: 'SessionLabelled', data: { id, userId, label: command.label } }]
    }
    case 'ReplaceSession':
      // A session that has ended meanwhile has made room already.
      if (state.status !== 'started') return []
      return [{ type: 'SessionEnded', data: { id: state.id, userId: state.userId } }]
    default:
      return command satisfies never
  }
}

/** The session, if it is one of this user's and has not been ended. */
function startedBy(userId: string, state: Session): StartedSession {
  if (state.status === 'started' && state.userId === userId) return state
  throw sessionNotFound()
}

/** The same error for a foreign, an unknown and an ended session, so that a client learns nothing. */
export function sessionNotFound(): RejectedError {
  return new RejectedError('not_found', 'the user has no such active session')
}
