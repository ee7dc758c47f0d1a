/**
 * The service renews the hash of a password after the configured cost has risen. This is possible only
 * while the password is known, that is after a login.
 *
 * The login does not wait for the renewal and never fails because of it, and no session ends. When the
 * hasher is busy or another change comes first, a later login renews the hash.
 */

import type { Metadata } from '../../platform/event-store/event.ts'
import { isVersionConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'

/** A password, and the user's hash that it was just verified against. */
export interface VerifiedPassword {
  readonly userId: string
  readonly passwordHash: string
  readonly password: string
  readonly metadata: Metadata
}

/** Replaces the hash with a stronger one, unless it is strong enough or the hasher is busy. */
export async function renewPasswordHash(
  { store, hasher }: Pick<UserCommandDeps, 'store' | 'hasher'>,
  { userId, passwordHash: verifiedHash, password, metadata }: VerifiedPassword,
): Promise<void> {
  const passwordHash = await hasher.rehash(verifiedHash, password)
  if (!passwordHash) return
  const { state, version } = await store.load(user, userId)
  const command = { type: 'RehashPassword', id: uuidV7(), verifiedHash, passwordHash } as const
  const events = user.decide(command, state)
  if (events.length === 0) return
  try {
    await store.append({
      aggregate: user,
      streamId: userId,
      expectedVersion: version,
      events,
      metadata: { ...metadata, actor: userId },
    })
  } catch (error) {
    // A concurrent request changed the password, or renewed its hash.
    if (!isVersionConflict(error)) throw error
  }
}
