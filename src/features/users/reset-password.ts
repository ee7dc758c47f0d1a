/**
 * Replacing a password without knowing the old one, for who has shown that he reads the mail of his
 * address, which is thereby verified, too. Judged and hashed as everybody's; no session stays.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { judgePassword } from '../../platform/passwords/policy.ts'
import type { UserCommandDeps } from './register.ts'
import { user } from './user.ts'

export interface PasswordReset {
  readonly userId: string
  /** The version of the user's stream at which the proof was good. */
  readonly version: number
  readonly newPassword: string
  readonly metadata: Metadata
}

/**
 * Answers whose it is, too. Throws PasswordRefusedError, or `version_conflict` when the user is no
 * longer at this version.
 */
export async function resetPassword(
  {
    store,
    hasher,
    passwordMinLength,
  }: Pick<UserCommandDeps, 'store' | 'hasher' | 'passwordMinLength'>,
  { userId, version, newPassword, metadata }: PasswordReset,
): Promise<Appended & { readonly email: string }> {
  const { state } = await store.load(user, userId, version)
  if (state.status === 'unknown') throw new RejectedError('not_found', 'no such user')
  judgePassword(newPassword, state, passwordMinLength)
  const passwordHash = await hasher.hash(newPassword)
  const command = { type: 'ChangePassword', id: uuidV7(), passwordHash, sessionId: null } as const
  const appended = await store.append({
    aggregate: user,
    streamId: userId,
    expectedVersion: version,
    events: [
      ...user.decide(command, state),
      ...user.decide({ type: 'VerifyEmail', id: uuidV7() }, state),
    ],
    metadata,
  })
  return { ...appended, email: state.email }
}
