/**
 * Issuing the token of a mail. The token is recorded before the mail is sent, so it is valid as soon as the
 * recipient opens the link.
 */

import { randomUUID } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { serviceUserId } from '../users/queries.ts'
import type { Purpose } from './events.ts'
import { mailToken } from './mail-token.ts'
import type { TokenSource } from './token-source.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

interface IssueDeps {
  readonly store: EventStore
  readonly tokens: TokenSource
}

/** What a token is issued for, before its owner is known. */
export interface TokenGrant {
  /** The mail's id. */
  readonly id: string
  readonly purpose: Purpose
  readonly expiresAt: Date
}

/**
 * Issues the token of a mail to `userId` and returns it. `cause` is the id of the event that led to the
 * mail, or null when a request did. The token is valid as soon as this resolves.
 */
export async function issueToken(
  { store, tokens }: IssueDeps,
  grant: TokenGrant & { readonly userId: string },
  cause: string | null,
): Promise<string> {
  const { id, expiresAt } = grant
  const { token, tokenHash } = tokens(id, expiresAt)
  await handleCommand(store, ATTEMPTS, {
    aggregate: mailToken,
    streamId: id,
    command: { type: 'IssueToken', ...grant, tokenHash },
    metadata: { actor: serviceUserId, ...(cause && { causationId: cause }) },
  })
  return token
}

/**
 * Appends a token for a user that does not exist, when no mail is due. The log rejects the token but uses
 * up a position, as a real token would. Without this, a client could compare the positions of two of its
 * own commands: a missing position between them would show that an address has no account.
 */
export async function issueDecoyToken(deps: IssueDeps, grant: TokenGrant): Promise<void> {
  try {
    await issueToken(deps, { ...grant, userId: randomUUID() }, null)
  } catch (error) {
    if (!(error instanceof RejectedError && error.code === 'user_unknown')) throw error
  }
}
