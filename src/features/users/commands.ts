/** The commands of a user. Passwords arrive checked (`platform/passwords/policy.ts`) and hashed. */

export interface RegisterUser {
  readonly type: 'RegisterUser'
  readonly id: string
  readonly email: string
  readonly username: string
  readonly passwordHash: string
}

export interface ChangePassword {
  readonly type: 'ChangePassword'
  /** The id of the change, not of the user. */
  readonly id: string
  readonly passwordHash: string
  /** The session that stays; null when all end. */
  readonly sessionId: string | null
}

export interface RehashPassword {
  readonly type: 'RehashPassword'
  /** The id of the renewal, not of the user. */
  readonly id: string
  /** The hash that the password was verified against. Only this hash is replaced. */
  readonly verifiedHash: string
  readonly passwordHash: string
}

export interface VerifyEmail {
  readonly type: 'VerifyEmail'
  /** The id of the verification, not of the user. */
  readonly id: string
}

/**
 * The owner of the address chooses a username while verifying it: a stranger may have registered the address
 * and chosen the first one.
 */
export interface ChooseUsername {
  readonly type: 'ChooseUsername'
  /** The id of the change, not of the user. */
  readonly id: string
  readonly username: string
}

export interface ChangeEmail {
  readonly type: 'ChangeEmail'
  /** The id of the change, not of the user. */
  readonly id: string
  readonly email: string
  /** The change that this one takes back; null when the user asked for another address. */
  readonly reverts: string | null
}

/** The user wants another username, and keeps the earlier one from others for a while. */
export interface ChangeUsername {
  readonly type: 'ChangeUsername'
  /** The id of the change, not of the user. */
  readonly id: string
  readonly username: string
  readonly at: Date
}

/** The user deletes their account. It can be restored for 30 days. */
export interface LeaveUser {
  readonly type: 'LeaveUser'
  /** The id of the deletion, not of the user. */
  readonly id: string
  /** The registration or change that set the password that was verified. */
  readonly passwordSetBy: string
}

export interface RestoreUser {
  readonly type: 'RestoreUser'
  /** The id of the restoration, not of the user. */
  readonly id: string
  /** The address that the user has from now on. */
  readonly email: string
}

export type UserCommand =
  | RegisterUser
  | ChangePassword
  | RehashPassword
  | VerifyEmail
  | ChooseUsername
  | ChangeEmail
  | ChangeUsername
  | LeaveUser
  | RestoreUser
