/**
 * Redeeming the token of a mail: resetting a password, verifying an address.
 *
 * A token works once. What it is used for ends it in the read table, in the same transaction, and is
 * appended with the version of the user at which the token was found. If two requests show the same
 * token at the same time, one of them loses that race and then finds no token.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Purpose } from './events.ts'
import { type FoundToken, findMailToken } from './queries.ts'

/** Losing three times in a row to other changes of the same user is no accident: say so. */
const ATTEMPTS = 3

/** What the holder of a token has done to the user it belongs to; the users feature provides both. */
export interface RecoveryDeps {
  readonly pool: Queryable
  readonly resetPassword: (
    reset: OfUser & { readonly newPassword: string },
  ) => Promise<Appended & { readonly email: string }>
  readonly verifyEmail: (verification: OfUser) => Promise<Appended>
}

/** A user, and the version of the user's stream at which the token was found. */
interface OfUser {
  readonly userId: string
  readonly version: number
  readonly metadata: Metadata
}

interface Redemption {
  readonly token: string
  readonly metadata: Metadata
}

/**
 * Gives whoever shows the token a new password, which ends every session, and answers his address.
 * Throws `invalid_token`, alike for one that never was, was used, was replaced or has expired, and
 * PasswordRefusedError, which leaves the token as it is.
 */
export function resetPasswordByToken(
  { pool, resetPassword }: RecoveryDeps,
  { token, newPassword, ...given }: Redemption & { readonly newPassword: string },
): Promise<Appended & { readonly email: string }> {
  return retryOnConflict(ATTEMPTS, async () => {
    const { userId, version, issuedBy } = await tokenOf(pool, token, 'password_reset')
    const metadata = { ...given.metadata, actor: userId, causationId: issuedBy }
    return resetPassword({ userId, version, newPassword, metadata })
  })
}

/** Verifies the address of whoever shows the token. Throws `invalid_token`, as `resetPasswordByToken` does. */
export function verifyEmailByToken(
  { pool, verifyEmail }: RecoveryDeps,
  { token, metadata: given }: Redemption,
): Promise<Appended> {
  return retryOnConflict(ATTEMPTS, async () => {
    const { userId, version, issuedBy } = await tokenOf(pool, token, 'email_verification')
    const metadata = { ...given, actor: userId, causationId: issuedBy }
    return verifyEmail({ userId, version, metadata })
  })
}

async function tokenOf(on: Queryable, token: string, purpose: Purpose): Promise<FoundToken> {
  const found = await findMailToken(on, token, purpose)
  if (!found) throw new RejectedError('invalid_token', 'no mail has this token, or has it still')
  return found
}
