/**
 * Issuing the token of a mail. The token is recorded before the mail is sent, so it is valid as soon as the
 * recipient opens the link.
 *
 * A request for an address to which no mail is due issues a token, too: to the service's own user, without a
 * mail. Otherwise the positions of the log, which clients can see, would show who has an account. It
 * is the same append, retried in the same way, of an event with the same effects.
 */

import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { serviceUserId } from '../users/queries.ts'
import type { Grant } from './events.ts'
import { mailToken } from './mail-token.ts'
import { keepRetryToken } from './retry-tokens.ts'
import type { TokenSource } from './token-source.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

interface IssueDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly tokens: TokenSource
  /** Registers the service's own user unless it exists. */
  readonly ensureServiceUser: () => Promise<void>
}

/** What a token is issued for, before its owner is known. */
export interface TokenGrant {
  /** The mail's id. */
  readonly id: string
  readonly grant: Grant
  readonly expiresAt: Date
  /** The version of the user's stream that the mail was decided on, if a later one would make it void. */
  readonly version?: number | undefined
}

/**
 * Issues the token of a mail to a user and returns it; without a user, as if there were one. `cause` is the id
 * of the event that led to the mail, or null when a request did; `actor` is the operator who asked for it, as in the
 * metadata of an operator's events. The token is valid as soon as this resolves.
 */
export async function issueToken(
  { pool, store, tokens, ensureServiceUser }: IssueDeps,
  issue: TokenGrant & { readonly userId: string | undefined },
  cause: string | null,
  actor: string = serviceUserId,
): Promise<string> {
  // Always, so that it is registered at the same moment whatever the first request is for.
  await ensureServiceUser()
  const { id, expiresAt, version, userId = serviceUserId } = issue
  const grant = issue.userId === undefined ? withoutAddress(issue.grant) : issue.grant
  const { token, tokenHash } = tokens(id, userId, expiresAt)
  let recordedHash: string | undefined
  await handleCommand(store, ATTEMPTS, {
    aggregate: mailToken,
    streamId: id,
    command: { type: 'IssueToken', id, userId, grant, tokenHash, expiresAt },
    metadata: { actor, ...(cause && { causationId: cause }) },
    expects: version === undefined ? undefined : [{ streamId: userId, version }],
    precondition: (_, { hashOf }) => {
      recordedHash = hashOf[userId]
    },
  })
  if (recordedHash !== undefined && recordedHash !== tokenHash) {
    await keepRetryToken(pool, { tokenHash, recordedHash, expiresAt })
  }
  return token
}

/** An address in an event of the service's own user would stay after the erasure of the user who asked for it. */
function withoutAddress(grant: Grant): Grant {
  return grant.purpose === 'email_change' ? { ...grant, email: 'nobody@invalid' } : grant
}
