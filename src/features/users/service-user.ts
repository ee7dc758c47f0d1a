/**
 * The service's own user, `epistle`: who sends what the service itself has to say. A user like any
 * other, in the log and to everybody else, as whom nobody can log in.
 */

import { randomBytes } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { type HashCost, toPhc } from '../../platform/passwords/hash.ts'
import { serviceUserId } from './queries.ts'
import { user } from './user.ts'

/** Only databases that were written by hand have anybody else of this name: it is reserved. */
const username = 'epistle'
/** No domain, hence no address that anybody could register. */
const email = 'epistle@localhost'

/** Has the user registered, unless he is. Throws RejectedError where somebody else has the name. */
export async function ensureServiceUser(store: EventStore, cost: HashCost): Promise<void> {
  if (await isRegistered(store)) return
  // A tag drawn at random: no password is known to lead to it.
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
    // Another worker was faster.
    if (!(error instanceof RejectedError) || !(await isRegistered(store))) throw error
  }
}

async function isRegistered(store: EventStore): Promise<boolean> {
  return (await store.load(user, serviceUserId)).version > 0
}
