/** The events of a session, in their newest shape. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** A login succeeded. The token itself is stored nowhere, only its hash. */
export interface SessionStarted {
  readonly type: 'SessionStarted'
  readonly data: {
    readonly id: string
    readonly userId: string
    /** SHA-256 of the token, as PostgreSQL reads bytea: `\x` and hexadecimal digits. */
    readonly tokenHash: string
    /** RFC 3339: when the session expires unless it is used on a later day. */
    readonly expiresAt: string
    /** How many days it lasts after the day of a use; null for a session that no use prolongs. */
    readonly idleDays: number | null
    /** RFC 3339: when it ends however it is used; null without such a bound. */
    readonly endsAt: string | null
    readonly userAgent: string | null
    readonly label: string | null
  }
}

/** The user gave the session a label, or removed it (null). */
export interface SessionLabelled {
  readonly type: 'SessionLabelled'
  readonly data: { readonly id: string; readonly userId: string; readonly label: string | null }
}

/**
 * The user ended the session, or a login beyond the maximum number replaced it. A password change ends
 * sessions too, but in the user's stream.
 */
export interface SessionEnded {
  readonly type: 'SessionEnded'
  readonly data: { readonly id: string; readonly userId: string }
}

export type SessionEvent = SessionStarted | SessionLabelled | SessionEnded

/** What other systems get of these events. */
export const published = {
  session_started_10: publish<SessionStarted>('session', 'A user logged in', {
    id: 'open',
    userId: 'open',
    tokenHash: 'withheld',
    expiresAt: 'open',
    idleDays: 'open',
    endsAt: 'open',
    userAgent: 'personal',
    label: 'personal',
  }),
  session_labelled_10: publish<SessionLabelled>(
    'session',
    'A user labelled a session, or removed its label',
    { id: 'open', userId: 'open', label: 'personal' },
  ),
  session_ended_0: publish<SessionEnded>(
    'session',
    'The user or an operator ended this session, or a login beyond the maximum replaced it',
    {
      id: 'open',
      userId: 'open',
    },
  ),
} as const satisfies PublishedShapes
