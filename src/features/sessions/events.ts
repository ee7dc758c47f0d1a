/** What can happen to a session, in the newest shape of each event. */

/** A login succeeded. The token itself is nowhere kept, only what recognises it. */
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

/** Its user ended the session. (A password change ends sessions too, in the user's stream.) */
export interface SessionEnded {
  readonly type: 'SessionEnded'
  readonly data: { readonly id: string; readonly userId: string }
}

export type SessionEvent = SessionStarted | SessionEnded
