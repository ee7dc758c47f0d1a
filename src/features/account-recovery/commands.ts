/**
 * Tokens of mails: issued to whoever has an address, and shown by whoever reads its mail.
 *
 * Used once: what a token is good for ends it in the read table, in the same transaction, and is
 * appended with the version of the user beside which the token was found. Of two who show the same
 * token at once one loses that race, and then finds no token.
 */

import { randomUUID } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { decideAndAppend } from '../../platform/event-store/handle-command.ts'
import { decideAnew } from '../../platform/event-store/retry-on-conflict.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { UserCommandDeps } from '../users/commands.ts'
import { replacePassword } from '../users/replace-password.ts'
import { serviceUserId } from '../users/service-user.ts'
import { verifyEmail } from '../users/verify-email.ts'
import type { Purpose } from './events.ts'
import { mailToken } from './mail-token.ts'
import { type FoundToken, findMailToken } from './queries.ts'
import type { TokenSource } from './token-source.ts'

/** Losing three times in a row to other changes of the same user is no accident: say so. */
const ATTEMPTS = 3

/** The process that mails whoever forgot a password, asked for with the address as `email`. */
export const passwordResetTask = 'password_reset_8'

/** The process that mails whoever has to verify his address, asked for with that as `email`. */
export const verificationTask = 'verification_8'

interface Issue {
  /** The mail's id. */
  readonly id: string
  readonly userId: string
  readonly purpose: Purpose
  readonly expiresAt: Date
}

/**
 * Issues the token that a mail is to carry, because of an event (its id), or where somebody asked for
 * it. It is good as soon as this resolves.
 */
export async function issueToken(
  { store, tokens }: { readonly store: EventStore; readonly tokens: TokenSource },
  issue: Issue,
  cause: string | null,
): Promise<string> {
  const { id, expiresAt } = issue
  const { token, tokenHash } = tokens(id, expiresAt)
  await decideAndAppend(store, ATTEMPTS, {
    aggregate: mailToken,
    streamId: id,
    command: { type: 'IssueToken', ...issue, tokenHash },
    metadata: { actor: serviceUserId, ...(cause && { causationId: cause }) },
  })
  return token
}

/**
 * Issues a token to nobody, in place of one that nobody is to get: whoever compares the positions of two
 * commands of his own would see by the one taken between them that an address that he had asked about
 * has an account. The log refuses it, and passes over a position.
 */
export async function issueNone(
  deps: Parameters<typeof issueToken>[0],
  issue: Omit<Issue, 'userId'>,
): Promise<void> {
  try {
    await issueToken(deps, { ...issue, userId: randomUUID() }, null)
  } catch (error) {
    if (!(error instanceof RejectedError && error.code === 'user_unknown')) throw error
  }
}

export interface ProofDeps extends Omit<UserCommandDeps, 'tryPassword'> {
  readonly pool: Queryable
}

export interface PasswordReset {
  readonly token: string
  readonly newPassword: string
  readonly metadata: Metadata
}

/**
 * Gives whoever shows the token a new password, which ends every session, and answers his address.
 * Throws `invalid_token`, alike for one that never was, was used, was replaced or has expired, and
 * PasswordRefusedError, which leaves the token as it is.
 */
export function resetPassword(
  deps: ProofDeps,
  reset: PasswordReset,
): Promise<Appended & { readonly email: string }> {
  return decideAnew(ATTEMPTS, async () => {
    const { userId, version, issuedBy } = await tokenOf(deps.pool, reset.token, 'password_reset')
    const metadata = { ...reset.metadata, actor: userId, causationId: issuedBy }
    return replacePassword(deps, { userId, version, newPassword: reset.newPassword, metadata })
  })
}

/** Verifies the address of whoever shows the token. Throws `invalid_token`, as `resetPassword` does. */
export function verifyByToken(
  deps: Pick<ProofDeps, 'pool' | 'store'>,
  { token, metadata: given }: Omit<PasswordReset, 'newPassword'>,
): Promise<Appended> {
  return decideAnew(ATTEMPTS, async () => {
    const { userId, version, issuedBy } = await tokenOf(deps.pool, token, 'email_verification')
    const metadata = { ...given, actor: userId, causationId: issuedBy }
    return verifyEmail(deps, { userId, version, metadata })
  })
}

async function tokenOf(on: Queryable, token: string, purpose: Purpose): Promise<FoundToken> {
  const found = await findMailToken(on, token, purpose)
  if (!found) throw new RejectedError('invalid_token', 'no mail has this token, or has it still')
  return found
}
