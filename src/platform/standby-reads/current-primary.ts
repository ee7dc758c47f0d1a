/**
 * Looks at the log of the server that is the primary server now. A former one can accept connections for a while after
 * a failover, and its log ends earlier. So a position counts as missing only after a commit, which waits for the
 * synchronous standbys, has shown that they still follow the server. Without synchronous standbys, it costs one query.
 *
 * One connection at a time looks for all that wait, so standbys that do not answer hold one connection of the pool.
 */

import type { ClientBase } from 'pg'
import { inTime } from '../in-time.ts'
import { onOneConnection } from '../postgres/checked-out.ts'
import { confirmCommits } from '../postgres/confirmed-commits.ts'
import type { Connectable } from '../postgres/prepared.ts'
import { withSnapshot } from '../postgres/snapshot.ts'
import { Rounds } from '../rounds.ts'

/** No synchronous standby follows the server as its primary server, or none answers in time. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError'
  readonly code = 'unavailable'
  readonly reason = 'The standbys of the database do not confirm its primary server. Try again.'

  constructor(cause?: unknown) {
    super('the standbys of the database do not confirm its primary server', { cause })
  }
}

/** How long (ms) the standbys may take. */
const patienceMs = 5_000

type Look = (client: ClientBase) => Promise<void>

const roundsOf = new WeakMap<object, Rounds<Look, void>>()

/** Runs `find` on a connection to the primary server that its standbys have confirmed since. Throws SupersededError. */
export async function onCurrentPrimary<T>(
  pool: Pick<Connectable, 'connect'>,
  find: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const found = Promise.withResolvers<T>()
  const look = async (client: ClientBase) => found.resolve(await find(client))
  joinRound(pool, look).catch(found.reject)
  return inTime(found.promise, patienceMs, () => new SupersededError())
}

function joinRound(pool: Pick<Connectable, 'connect'>, look: Look): Promise<void> {
  const rounds = roundsOf.get(pool) ?? new Rounds((looks) => lookOnce(pool, looks))
  roundsOf.set(pool, rounds)
  return rounds.join(look)
}

function lookOnce(pool: Pick<Connectable, 'connect'>, looks: readonly Look[]): Promise<void> {
  return onOneConnection(pool, async (client) => {
    await confirmCommits(client).catch((cause: unknown) => {
      throw new SupersededError(cause)
    })
    for (const look of looks) await withSnapshot(undefined, () => look(client))
  })
}
