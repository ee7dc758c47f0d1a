/** The check of the current password, with which users change the password or the address, or delete the account. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { RegisteredUser } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'

/** A password that a client claims to be the current one. */
export interface GivenPassword {
  readonly currentPassword: string
  /** The network that the request comes from, whose turn the hash takes. */
  readonly client: string
  /** Aborts when the client has gone. */
  readonly gone?: AbortSignal
}

type Deps = Pick<UserCommandDeps, 'hasher' | 'checkPassword'>

/** Whether it is the user's current password. Counts a wrong one as a failed attempt. */
export function isCurrentPassword(
  { hasher, checkPassword }: Deps,
  { email, passwordHash }: RegisteredUser,
  { currentPassword, client, gone }: GivenPassword,
): Promise<boolean> {
  return checkPassword({ account: email, client }, () =>
    hasher.verify(passwordHash, currentPassword, { key: client, gone }),
  )
}

/** Throws `wrong_password` unless it is the user's current password. */
export async function requireCurrentPassword(
  deps: Deps,
  user: RegisteredUser,
  given: GivenPassword,
): Promise<void> {
  if (await isCurrentPassword(deps, user, given)) return
  throw new RejectedError('wrong_password', 'the current password is wrong')
}
