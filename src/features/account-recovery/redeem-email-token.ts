/**
 * Redeeming the tokens of mails about a change of e-mail address: one confirms the new address, the other sets the
 * earlier one back. As in `redeem-token.ts`, of two uses at the same time one finds no valid token.
 */

import type { Recorded } from '../../platform/event-store/event.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findReplacedEmailByToken, findRequestedEmail } from './queries.ts'
import { redeem, type TokenOwner } from './redeem-token.ts'

/** The database, and the users feature's commands that a token allows. */
export interface RedeemEmailDeps {
  readonly pool: Queryable
  readonly changeEmail: (change: TokenOwner & { readonly email: string }) => Promise<Recorded>
  readonly setEmailBack: (
    change: TokenOwner & { readonly email: string; readonly changeId: string },
  ) => Promise<Recorded>
}

type Request = { readonly token: string; readonly metadata: TokenOwner['metadata'] }

/**
 * Gives the token's owner the address to which it was mailed, and returns the address. Throws `invalid_token`, and
 * `email_taken`, which leaves the token valid.
 */
export function changeEmailByToken(
  { pool, changeEmail }: RedeemEmailDeps,
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
  { pool, setEmailBack }: RedeemEmailDeps,
  request: Request,
): Promise<Recorded> {
  const find = (token: string) => findReplacedEmailByToken(pool, token)
  return redeem({ find }, request, (owner) => setEmailBack(owner))
}
