/**
 * Issuing the token of a mail, before the mail is sent: it can be used as soon as the recipient reads it.
 */

import { randomUUID } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { serviceUserId } from '../users/queries.ts'
import type { Purpose } from './events.ts'
import { mailToken } from './mail-token.ts'
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
  await handleCommand(store, ATTEMPTS, {
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
