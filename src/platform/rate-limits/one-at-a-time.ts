/**
 * Work under one name runs one at a time, on all servers. A reservation of the name is the lock: unlike a lock
 * of the database it holds no connection while it waits, and it ends by itself when a server dies. Work that
 * takes longer than the lock lasts no longer runs alone, but never releases the lock of the next.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { OverloadedError } from '../overloaded-error.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { createReservations } from './reservations.ts'

/** Runs work while no other work under this name runs. Throws OverloadedError when its turn does not come. */
export type OneAtATime = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

/** How long (seconds) the lock of a server that died stays. Work takes a few milliseconds. */
const lockSeconds = 30

/** Pauses (ms) between tries, and how many: ten seconds in all. */
const pauseMs = 20
const maxTries = 500

/** Names of different kinds do not wait for each other. */
export function createOneAtATime(pool: Queryable, kind: string): OneAtATime {
  const reserve = createReservations(pool, kind, { seconds: lockSeconds, isRenewed: false })
  return async (name, work) => {
    const owner = randomUUID()
    for (let tries = 0; tries < maxTries; tries += 1) {
      const lock = await reserve(name, owner)
      if (!lock) {
        await pause(pauseMs)
        continue
      }
      try {
        return await work()
      } finally {
        // If this fails, the lock ends by itself.
        await lock.release().catch(() => undefined)
      }
    }
    throw new OverloadedError(1)
  }
}
