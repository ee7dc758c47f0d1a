/**
 * Confirmation: an event that a query shows can be on the disk of the primary server alone, where a failover loses it.
 * That is so after the wait of its commit for the synchronous standby was ended from outside: by a crash or restart of
 * the primary server, or by an administrator. Before such an event becomes the response to a repeated request, a commit
 * that waits for the standbys shows that they have everything before it, too.
 *
 * An event up to the greatest confirmed position needs no other commit, because positions are in commit order. One
 * commit at a time confirms for all that wait, so standbys that are away hold one connection of the pool, not all.
 */

import type { Pool } from 'pg'
import { onOneConnection } from '../postgres/checked-out.ts'
import { confirmCommits } from '../postgres/confirmed-commits.ts'
import { UnavailableError } from './errors.ts'

const unconfirmed =
  'The command is recorded, but no synchronous standby has confirmed it yet, so it can still be lost.'

export class Confirmation {
  readonly #pool: Pool
  #position = 0n
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** A commit that waited for the standbys had this position. */
  learn(position: string): void {
    if (BigInt(position) > this.#position) this.#position = BigInt(position)
  }

  /** Resolves once the standbys have the visible events up to a position. Throws UnavailableError. */
  async await(position: string): Promise<void> {
    if (BigInt(position) <= this.#position) return
    // A commit that is on its way can be older than the event.
    this.#next ??= this.#start(this.#running)
    await this.#next
    this.learn(position)
  }

  async #start(before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined)
    this.#running = this.#next
    this.#next = undefined
    await this.#commit()
  }

  async #commit(): Promise<void> {
    try {
      await onOneConnection(this.#pool, confirmCommits)
    } catch (error) {
      throw new UnavailableError(unconfirmed, error)
    }
  }
}
