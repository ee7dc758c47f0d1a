/**
 * Renewing the hash of a password when the configured cost has risen: possible only while the password
 * is known, after a login.
 *
 * Promises that nobody waits for it and nothing fails by it; no session ends. Left to a later login
 * wherever it would be in the way.
 */

import type { Metadata } from '../../platform/event-store/event.ts'
import { isVersionConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { UserCommandDeps } from './register.ts'
import { user } from './user.ts'

/** A password, and the user's hash that it was just found to belong to. */
export interface VerifiedPassword {
  readonly userId: string
  readonly passwordHash: string
  readonly password: string
  readonly metadata: Metadata
}

/** Replaces the hash by a stronger one, unless it is strong enough, or nobody is to spare for it. */
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
    // Whoever was faster changed the password, or renewed its hash.
    if (!isVersionConflict(error)) throw error
  }
}
