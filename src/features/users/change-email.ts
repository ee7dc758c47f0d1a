/**
 * The two changes of an e-mail address that the token of a mail allows. The caller
 * (`account-recovery/redeem-email-token.ts`) has checked the token, which also proves that its user reads the mail
 * of the address. So both verify the address.
 *
 * A change frees the earlier address for everyone. The owner of a verified one gets a notice, and can set it back.
 */

import { randomBytes } from 'node:crypto'
import type { Decision } from '../../platform/event-store/append-request.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { type HashCost, toPhc } from '../../platform/passwords/hash.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { OneAtATime } from '../../platform/rate-limits/one-at-a-time.ts'
import type { UserCommand } from './commands.ts'
import type { UserEvent } from './events.ts'
import { findCredentials } from './queries.ts'
import { type User, user } from './user.ts'

export interface ChangeEmailDeps {
  readonly pool: Queryable
  readonly store: EventStore
  /** Registrations with one address wait for its change: a rejected append would show that they met. */
  readonly oneAtATime: OneAtATime
  readonly hashCost: HashCost
}

export interface ConfirmedEmail {
  readonly userId: string
  /** The version of the user's stream at which the token was valid. */
  readonly version: number
  readonly email: string
  readonly metadata: Metadata
}

export interface ReplacedEmail extends ConfirmedEmail {
  /** The change that replaced the address. */
  readonly changeId: string
}

/** Gives a user the address that they asked for. Sessions stay. Throws `email_taken` or `version_conflict`. */
export async function changeEmail(
  { store, oneAtATime }: ChangeEmailDeps,
  { userId, version, email, metadata }: ConfirmedEmail,
): Promise<Recorded> {
  const { state } = await store.load(user, userId, version)
  const events = decideAll(state, [
    { type: 'ChangeEmail', id: uuidV7(), email, reverts: null },
    { type: 'VerifyEmail', id: uuidV7() },
  ])
  const change = { aggregate: user, streamId: userId, expectedVersion: version, events, metadata }
  return oneAtATime(email, () => store.append(change))
}

/**
 * Sets an address back. The person who changed it may know the password and have sessions: every session ends, and
 * no password is valid until the owner chooses one. If that person deleted the account, it is restored. Throws
 * `email_taken` while another user has verified the address, and `version_conflict`.
 */
export function setEmailBack(
  { pool, store, oneAtATime, hashCost }: ChangeEmailDeps,
  { userId, version, email, changeId, metadata }: ReplacedEmail,
): Promise<Recorded> {
  return oneAtATime(email, async () => {
    const { state } = await store.load(user, userId, version)
    // Random bytes in place of a hash: no known password matches them.
    const passwordHash = toPhc(hashCost, randomBytes(16), randomBytes(32))
    const events = decideAll(state, [
      ...(state.status === 'left' ? [{ type: 'RestoreUser', id: uuidV7(), email } as const] : []),
      { type: 'ChangeEmail', id: uuidV7(), email, reverts: changeId },
      { type: 'VerifyEmail', id: uuidV7() },
      { type: 'ChangePassword', id: uuidV7(), passwordHash, sessionId: null },
    ])
    const change = { aggregate: user, streamId: userId, expectedVersion: version, events, metadata }
    return takeAddressAndAppend({ pool, store }, { userId, email, metadata }, change)
  })
}

/** Appends events that give a user an address, and take it from a user who has never verified it. */
export async function takeAddressAndAppend(
  deps: Pick<ChangeEmailDeps, 'pool' | 'store'>,
  taking: Pick<ReplacedEmail, 'userId' | 'email' | 'metadata'>,
  change: Decision<UserEvent>,
): Promise<Recorded> {
  const taken = await takeAddress(deps, taking)
  return deps.store.appendAll([...taken, change]).catch((error: unknown) => {
    const isTaken = error instanceof RejectedError && error.code === 'email_taken'
    // Someone registered the address since the look-up.
    throw isTaken ? new RejectedError('version_conflict', error.message) : error
  })
}

/**
 * Takes the address from a user who has never verified it. Otherwise the person who changed it could register it
 * again, in order to keep it. That user gets an address that no mail reaches, and can change it.
 */
async function takeAddress(
  { pool, store }: Pick<ChangeEmailDeps, 'pool' | 'store'>,
  { userId, email, metadata }: Pick<ReplacedEmail, 'userId' | 'email' | 'metadata'>,
): Promise<readonly Decision<UserEvent>[]> {
  const owner = await findCredentials(pool, email)
  if (!owner || owner.id === userId) return []
  if (owner.emailVerified) {
    throw new RejectedError('email_taken', 'another user has registered and verified the address')
  }
  const { state } = await store.load(user, owner.id, owner.version)
  const command = { type: 'ChangeEmail', id: uuidV7(), reverts: null } as const
  return [
    {
      aggregate: user,
      streamId: owner.id,
      expectedVersion: owner.version,
      events: user.decide({ ...command, email: noAddress(owner.id) }, state),
      metadata,
    },
  ]
}

/** No mail server accepts this domain (RFC 2606), and no client can register it. */
function noAddress(userId: string): string {
  return `${userId}@invalid`
}

/** The events of commands that are decided in turn, each on what the ones before lead to. */
function decideAll(state: User, commands: readonly UserCommand[]): readonly UserEvent[] {
  let current = state
  return commands.flatMap((command) => {
    const events = user.decide(command, current)
    current = events.reduce(user.evolve, current)
    return events
  })
}
