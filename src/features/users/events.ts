/**
 * What can happen to a user, in the newest shape of each event. Older shapes are known to the
 * database's casts alone.
 */

/** Somebody registered. A user of release 0 has no username. */
export interface UserRegistered {
  readonly type: 'UserRegistered'
  readonly data: {
    readonly id: string
    readonly email: string
    readonly passwordHash: string
    readonly username: string | null
  }
}

/** The password changed, and every session ended but the one that stays (none stays if null). */
export interface PasswordChanged {
  readonly type: 'PasswordChanged'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly passwordHash: string
    readonly sessionId: string | null
  }
}

/** The same password was hashed anew, at a higher cost. Nothing else changed, and no session ended. */
export interface PasswordRehashed {
  readonly type: 'PasswordRehashed'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly passwordHash: string
  }
}

/** He has shown that he reads the mail of this address. */
export interface EmailVerified {
  readonly type: 'EmailVerified'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly email: string
  }
}

export type UserEvent = UserRegistered | PasswordChanged | PasswordRehashed | EmailVerified
