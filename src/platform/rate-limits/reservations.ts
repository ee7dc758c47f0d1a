/**
 * Reservations of names: a name belongs to the first owner who requests it, for a time. They are stored with
 * the rate-limit counts and shared by all servers. The database holds keyed hashes of the name and of the
 * owner, which reveal neither.
 */

import type { Queryable } from '../postgres/prepared.ts'
import { type Counts, createCounts } from './counts.ts'

/**
 * Reserves a name, or confirms the owner's reservation of it. Returns undefined when another owner has
 * reserved it. One upsert decides between concurrent requests.
 */
export type ReserveName = (name: string, owner: string) => Promise<Reservation | undefined>

export interface Reservation {
  /** Whether its time began with this request: if it is not renewed, whether the name was available. */
  readonly began: boolean
  /** Makes the name available again, unless the reservation expired and another owner has reserved it. */
  readonly release: () => Promise<void>
}

interface Duration {
  readonly seconds: number
  /** Whether every request for the name, by any owner, begins the time again. */
  readonly isRenewed: boolean
}

/** Returns which owner has reserved a name; undefined where it is free. It neither reserves nor renews. */
export type FindReservation = (name: string, owner: string) => Promise<'own' | 'other' | undefined>

/** Reservations of one kind of names; kinds never collide. */
export function createReservations(pool: Queryable, kind: string, duration: Duration): ReserveName {
  const counts = createCounts(pool)
  return async (name, owner) => {
    const { key, ownerNumber } = await entryOf(counts, kind, name, owner)
    const { first, began } = await counts.keepFirst(key, ownerNumber, duration)
    if (first !== ownerNumber) return undefined
    return { began, release: () => counts.removeNumber(key, ownerNumber) }
  }
}

/** Looks up the reservations of one kind. */
export function reservationFinder(
  pool: Queryable,
  kind: string,
  { seconds }: Duration,
): FindReservation {
  const counts = createCounts(pool)
  const stored = counts.counter({ points: 1, seconds })
  return async (name, owner) => {
    const { key, ownerNumber } = await entryOf(counts, kind, name, owner)
    const first = await stored.read(key)
    if (first === 0) return undefined
    return first === ownerNumber ? 'own' : 'other'
  }
}

/** What is stored for a reservation: keyed hashes of its name and its owner. */
async function entryOf(counts: Counts, kind: string, name: string, owner: string) {
  const [nameHash, ownerHash] = await Promise.all([
    counts.hash(`${kind} ${name.toLowerCase()}`),
    counts.hash(`owner ${owner}`),
  ])
  // 31 bits, because a count is a signed 32-bit integer.
  return {
    key: `${kind}:${nameHash}`,
    ownerNumber: Number.parseInt(ownerHash.slice(0, 8), 16) >>> 1,
  }
}
