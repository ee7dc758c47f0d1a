/**
 * Redeeming the token of a mail: to reset a password, or to verify an e-mail address.
 *
 * A token works once. Its use ends it in the read table, in the same transaction, and is appended with the
 * version of the user at which the token was found. When two requests use one token at the same time, one
 * of them loses that race and then finds no valid token.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import type { Turn } from '../../platform/fair-queue.ts'
import { PasswordRefusedError, passwordFault } from '../../platform/passwords/policy.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { type FoundToken, findMailToken } from './queries.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

/** The database, and the users feature's commands that a token allows. */
export interface RedeemDeps {
  readonly pool: Queryable
  /** In code points. */
  readonly passwordMinLength: number
  readonly resetPassword: (
    reset: TokenOwner & ChosenUsername & { readonly newPassword: string; readonly turn: Turn },
  ) => Promise<Appended & { readonly email: string }>
  readonly verifyEmail: (verification: TokenOwner & ChosenUsername) => Promise<Appended>
}

/** The user a token was issued to, at the version at which the token was valid. */
export interface TokenOwner {
  readonly userId: string
  /** Of the user's stream. */
  readonly version: number
  readonly metadata: Metadata
}

/** The username that the owner of a new address wants; absent to keep the registered one. */
interface ChosenUsername {
  readonly username?: string | undefined
}

interface RedeemToken extends ChosenUsername {
  readonly token: string
  readonly metadata: Metadata
}

/**
 * Sets a new password for the token's owner, which ends every session, and returns the owner's address.
 * Throws `invalid_token`, the same for an unknown, used, replaced and expired token. Throws
 * PasswordRefusedError, `already_verified` and `username_taken` too, which leave the token valid.
 */
export function resetPasswordByToken(
  { pool, resetPassword, passwordMinLength }: RedeemDeps,
  {
    newPassword,
    turn,
    username,
    ...request
  }: RedeemToken & { readonly newPassword: string; readonly turn: Turn },
): Promise<Appended & { readonly email: string }> {
  const fault = passwordFault(newPassword, { email: '', username: null }, passwordMinLength)
  const also = fault ? [new PasswordRefusedError(fault)] : []
  const find = (token: string) => findMailToken(pool, token, 'password_reset')
  return redeem({ find, also }, request, (owner) =>
    resetPassword({ ...owner, newPassword, turn, username }),
  )
}

/** Verifies the address of the token's owner. Throws `invalid_token` and `username_taken` as above. */
export function verifyEmailByToken(
  { pool, verifyEmail }: RedeemDeps,
  { username, ...request }: RedeemToken,
): Promise<Appended> {
  const find = (token: string) => findMailToken(pool, token, 'email_verification')
  return redeem({ find }, request, (owner) => verifyEmail({ ...owner, username }))
}

interface Redemption<Token> {
  /** Finds the token of the request where it is valid. */
  readonly find: (token: string) => Promise<Token | undefined>
  /** What is wrong with the request for every owner of the token. */
  readonly also?: readonly Error[]
}

/** Uses a token on the newest version of its owner. Throws `invalid_token`. */
export function redeem<Token extends FoundToken, Result>(
  { find, also = [] }: Redemption<Token>,
  { token, metadata }: { readonly token: string; readonly metadata: Metadata },
  use: (owner: Omit<Token, 'issuedBy'> & TokenOwner) => Promise<Result>,
): Promise<Result> {
  return retryOnConflict(ATTEMPTS, async () => {
    const found = await find(token)
    if (!found) {
      const message = 'the token is unknown, used, replaced or expired'
      throw new RejectedError('invalid_token', message, { also })
    }
    const { issuedBy, ...owner } = found
    const { userId } = owner
    return use({ ...owner, metadata: { ...metadata, actor: userId, causationId: issuedBy } })
  })
}
