/** The events of a session, in their newest shape. */

/** A login succeeded. The token itself is stored nowhere, only its hash. */
export interface SessionStarted {
  readonly type: 'SessionStarted'
  readonly data: {
    readonly id: string
    readonly userId: string
    /** SHA-256 of the token, as PostgreSQL reads bytea: `\x` and hexadecimal digits. */
    readonly tokenHash: string
    /** RFC 3339. */
    readonly expiresAt: string
  }
}

/**
 * The user ended the session, or a login beyond the maximum number replaced it. A password change ends
 * sessions too, but in the user's stream.
 */
export interface SessionEnded {
  readonly type: 'SessionEnded'
  readonly data: { readonly id: string; readonly userId: string }
}

export type SessionEvent = SessionStarted | SessionEnded
