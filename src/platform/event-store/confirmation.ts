/**
 * Confirmation: an event that a query shows can be on the disk of the primary server alone, where a failover loses it.
 * That is so after the wait of its commit for the synchronous standby was ended from outside: by a crash or restart of
 * the primary server, or by an administrator. Before a response is built on such an event, a commit that waits for the
 * standbys shows that they have everything before it, too.
 *
 * That commit can reach another server than the query did, so its statement also looks for the events. An event up to
 * the greatest confirmed position needs no other commit, because positions are in commit order. One commit at a time
 * confirms for all that wait, so standbys that are away hold one connection of the pool, not all.
 */

import type { Pool } from 'pg'
import { onOneConnection } from '../postgres/checked-out.ts'
import { commitThatWaits, confirmBy } from '../postgres/confirmed-commits.ts'
import { Rounds } from '../rounds.ts'
import { UnavailableError } from './errors.ts'
import type { ShownEvent } from './event.ts'

const unconfirmed =
  'The command is recorded, but no synchronous standby has confirmed it yet, so it can still be lost.'
const lost =
  'The database server that had recorded the command was replaced by one without it. Repeat the request.'

export class Confirmation {
  readonly #pool: Pick<Pool, 'connect'>
  /** One commit each. */
  readonly #rounds = new Rounds((events: readonly ShownEvent[]) => this.#confirm(events))
  #position = 0n

  constructor(pool: Pick<Pool, 'connect'>) {
    this.#pool = pool
  }

  /** A commit that waited for the standbys had this position. */
  learn(position: string): void {
    if (BigInt(position) > this.#position) this.#position = BigInt(position)
  }

  /**
   * Resolves once the standbys have these events and all before them. Throws UnavailableError, also if the database has
   * lost one of the events in a failover.
   */
  async await(shown: readonly (ShownEvent | null | undefined)[]): Promise<void> {
    const events = shown.filter((event) => this.#canBeLost(event))
    if (events.length === 0) return
    // In the next round: a commit that is on its way can be older than the event.
    const missing = await this.#rounds.join(...events)
    if (events.some((event) => missing.has(event))) throw new UnavailableError(lost)
  }

  #canBeLost(event: ShownEvent | null | undefined): event is ShownEvent {
    if (!event || event.hasStandbys === false) return false
    return BigInt(event.position) > this.#position
  }

  /** Returns those of the events that the database does not have. */
  async #confirm(events: readonly ShownEvent[]): Promise<ReadonlySet<ShownEvent>> {
    const values = [events.map(({ position }) => position), events.map(({ id }) => id)]
    try {
      const { missing: numbers } = await onOneConnection(this.#pool, (client) =>
        confirmBy<{ missing: number[] }>(client, { ...confirmEvents, values }),
      )
      const missing = new Set(numbers.map((n) => events[n - 1] as ShownEvent))
      for (const event of events) if (!missing.has(event)) this.learn(event.position)
      return missing
    } catch (error) {
      throw new UnavailableError(unconfirmed, error)
    }
  }
}

// One statement, so that the events are looked up where the commit is, and in a snapshot that is older than it.
const confirmEvents = {
  name: 'confirmEvents',
  text: `select ${commitThatWaits},
      array(
        select n::int from unnest($1::bigint[], $2::uuid[]) with ordinality as shown (position, id, n)
        where not exists (select from log.events where (position, id) = (shown.position, shown.id))
      ) as missing`,
}
