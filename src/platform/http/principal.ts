/** The caller of a request, and how the session of a token is found. `authentication.ts` uses both. */

/** The caller: a user in one of their sessions. */
export interface Principal {
  readonly sessionId: string
  readonly userId: string
}

export interface Session extends Principal {
  readonly expiresAt: Date
}

/** Finds the active session whose token has this SHA-256. */
export type FindSession = (tokenHash: string) => Promise<Session | undefined>
