/**
 * Redeeming the tokens of mails about the address of an account: one confirms a new address, one sets the earlier
 * address back, and one restores an account that was deleted. As in `redeem-token.ts`, of two uses at the same time
 * one finds no valid token.
 */

import type { Recorded } from '../../platform/event-store/event.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findLeftUserByToken, findReplacedEmailByToken, findRequestedEmail } from './queries.ts'
import { redeem, type TokenOwner } from './redeem-token.ts'

/** The database, and the users feature's commands that a token allows. */
export interface RedeemEmailDeps {
  readonly pool: Queryable
  readonly changeEmail: (change: TokenOwner & { readonly email: string }) => Promise<Recorded>
  readonly setEmailBack: (
    change: TokenOwner & { readonly email: string; readonly changeId: string },
  ) => Promise<Recorded>
  readonly restoreUser: (restoration: TokenOwner & { readonly email: string }) => Promise<Recorded>
}

type Request = { readonly token: string; readonly metadata: TokenOwner['metadata'] }

/**
 * Gives the token's owner the address to which it was mailed, and returns the address. Throws `invalid_token`, and
 * `email_taken`, which leaves the token valid.
 */
export function changeEmailByToken(
  { pool, changeEmail }: Pick<RedeemEmailDeps, 'pool' | 'changeEmail'>,
  request: Request,
): Promise<Recorded & { readonly email: string }> {
  const find = (token: string) => findRequestedEmail(pool, token)
  return redeem({ find }, request, async (owner) => ({
    ...(await changeEmail(owner)),
    email: owner.email,
  }))
}

/** Sets the address of the token's owner back to the one to which it was mailed. Throws as above. */
export function setEmailBackByToken(
  { pool, setEmailBack }: Pick<RedeemEmailDeps, 'pool' | 'setEmailBack'>,
  request: Request,
): Promise<Recorded> {
  const find = (token: string) => findReplacedEmailByToken(pool, token)
  return redeem({ find }, request, (owner) => setEmailBack(owner))
}

/** Restores the account of the token's owner, who left. Throws as above. */
export function restoreUserByToken(
  { pool, restoreUser }: Pick<RedeemEmailDeps, 'pool' | 'restoreUser'>,
  request: Request,
): Promise<Recorded> {
  const find = (token: string) => findLeftUserByToken(pool, token)
  return redeem({ find }, request, (owner) => restoreUser(owner))
}
