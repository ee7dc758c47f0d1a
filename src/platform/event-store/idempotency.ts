/**
 * Repeats: a command that carries its caller's key is carried out once, however often it comes, at
 * the same moment, on another server, years later.
 *
 * Nothing is kept for that but the events: their ids follow from the key, so the log itself says that
 * they happened, and what was answered then can be told from them again. Refusals are not remembered.
 */

import { RejectedError } from './errors.ts'
import { uuidV5 } from './uuid-v5.ts'

/** The key of a command. Those of two callers, or of two operations, never meet. */
export interface IdempotencyKey {
  /** Who asks: a user's id, or for those who are none yet their address. */
  readonly actor: string
  /** What is asked for, in one word that never changes. */
  readonly operation: string
  readonly key: string
}

/** The namespace of all event ids that follow from a key; drawn once, never to change. */
const namespace = '5b0d3a0e-6c0f-4d5c-9c7e-2f6f1e3c8a41'

/** The id of a keyed command's n-th event, from 0. */
export function eventId({ actor, operation, key }: IdempotencyKey, n: number): string {
  return uuidV5(namespace, JSON.stringify([actor, operation, key, n]))
}

/** A key that was used before, for something else. */
export function idempotencyKeyReused(): RejectedError {
  return new RejectedError('idempotency_key_reused', 'the key belongs to another request')
}

/**
 * Carries a command out unless it has been. `find` answers as the first time when its events are in
 * the log, throws `idempotencyKeyReused` when they are those of another content, and is undefined otherwise.
 */
export async function runOnce<Answer>(
  key: IdempotencyKey | undefined,
  find: (key: IdempotencyKey) => Promise<Answer | undefined>,
  carryOut: () => Promise<Answer>,
): Promise<Answer> {
  if (!key) return carryOut()
  const before = await find(key)
  if (before) return before
  try {
    // That nothing was left to do may be the first one's doing, too.
    return (await carryOut()) ?? ((await find(key)) as Answer)
  } catch (error) {
    // Whatever refused it may have been the first one, which got in after we had looked.
    const meanwhile = await find(key).catch((second) => {
      // That nobody can be asked now says less than what was said before.
      throw second instanceof RejectedError ? second : error
    })
    if (meanwhile) return meanwhile
    throw error
  }
}
