/**
 * The service's own user, `epistle`, who sends the service's messages. It is a user like any other, in the
 * log and to other users, except that no login as this user is possible.
 */

import { randomBytes } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { type HashCost, toPhc } from '../../platform/passwords/hash.ts'
import { serviceUserId } from './queries.ts'
import { user } from './user.ts'

/** Reserved: another user has this name only in a database that was written by hand. */
const username = 'epistle'
/** Has no valid domain, so that a client cannot register this address. */
const email = 'epistle@localhost'

/** Registers the service's user once, however often it is called. A failed call is repeated by the next one. */
export function serviceUserEnsurer(store: EventStore, cost: HashCost): () => Promise<void> {
  let isThere = false
  return async () => {
    if (!isThere) await ensureServiceUser(store, cost)
    isThere = true
  }
}

/** Registers the service's user unless it exists. Throws RejectedError when another user has its name. */
export async function ensureServiceUser(store: EventStore, cost: HashCost): Promise<void> {
  if (await isRegistered(store)) return
  // Random bytes in place of a hash: no known password matches them.
  const passwordHash = toPhc(cost, randomBytes(16), randomBytes(32))
  const command = {
    type: 'RegisterUser',
    id: serviceUserId,
    email,
    username,
    passwordHash,
  } as const
  try {
    await store.append({
      aggregate: user,
      streamId: serviceUserId,
      expectedVersion: 0,
      events: user.decide(command, user.initialState),
      metadata: { actor: serviceUserId },
    })
  } catch (error) {
    // A concurrent worker may have registered it.
    if (!(error instanceof RejectedError) || !(await isRegistered(store))) throw error
  }
}

async function isRegistered(store: EventStore): Promise<boolean> {
  return (await store.load(user, serviceUserId)).version > 0
}
