/**
 * Reservations of usernames, where a username that is taken by a registration would show that its address was
 * free: the first request for a username reserves it for 90 days, whether or not it registers a user.
 *
 * A reservation also remembers the address of its request. If a stranger registered the address before, the
 * request registered no user, but the owner of the address can still get the name while verifying it.
 *
 * Such a choice of the owner reserves a free name only while it is appended: afterwards the read table holds
 * the name, and a choice that fails reserves nothing. The choices for one address run one at a time, and what
 * they reserve ends by itself a minute later, so a server that dies leaves one such name at most.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { createOneAtATime } from '../../platform/rate-limits/one-at-a-time.ts'
import { reservedSeconds } from '../../platform/rate-limits/policies.ts'
import {
  createReservations,
  type FindReservation,
  type Reservation,
  reservationFinder,
} from '../../platform/rate-limits/reservations.ts'

export interface UsernameReservations {
  /** Reserves a name for a registration. Returns undefined when another request has reserved it. */
  readonly reserve: (request: NameRequest) => Promise<Pick<Reservation, 'release'> | undefined>
  /** Returns which request has reserved a name, and reserves nothing. Undefined where the name is free. */
  readonly find: FindReservation
  /** Reserves a name for the owner of an address while it is appended. */
  readonly claim: ClaimUsername
}

interface NameRequest {
  readonly username: string
  readonly email: string
  /** Names the request: the same in a retry, another in every other request. */
  readonly request: string
}

/** Runs `append` while the name is the address's. Throws `username_taken` when it is reserved for another one. */
export type ClaimUsername = <Result>(
  choice: { readonly username: string; readonly email: string },
  append: () => Promise<Result>,
) => Promise<Result>

/** Without required verification nothing is reserved: the constraints alone decide. */
export const claimNothing: ClaimUsername = (_choice, append) => append()

const duration = { seconds: reservedSeconds, isRenewed: true }
/** Longer than an append takes. Not renewed, so that no claim shortens an earlier reservation. */
const claimDuration = { seconds: 60, isRenewed: false }

export function createUsernameReservations(pool: Queryable): UsernameReservations {
  const byRequest = createReservations(pool, 'username', duration)
  const byAddress = createReservations(pool, 'username_address', duration)
  const claimName = createClaim(pool)
  const oneAtATime = createOneAtATime(pool, 'choosing')
  return {
    async reserve({ username, email, request }) {
      const reservation = await byRequest(username, request)
      if (!reservation) return undefined
      // Only after the first: the first request decides, and this is its address.
      const address = await byAddress(username, addressOf(email))
      return {
        release: async () => {
          await address?.release()
          await reservation.release()
        },
      }
    },
    find: reservationFinder(pool, 'username', duration),
    claim: ({ username, email }, append) =>
      oneAtATime(email, async () => {
        const claimed = await claimName(username, addressOf(email))
        try {
          return await append()
        } catch (error) {
          // If this fails, the claim ends by itself.
          if (claimed.began) await claimed.release().catch(() => undefined)
          throw error
        }
      }),
  }
}

/** Claims a name that is free, or that a registration with this address has reserved. */
function createClaim(pool: Queryable) {
  const byRequest = createReservations(pool, 'username', claimDuration)
  const byAddress = createReservations(pool, 'username_address', claimDuration)
  return async (username: string, address: string): Promise<Reservation> => {
    // The address in place of a request, so that other requests find the name reserved.
    const free = await byRequest(username, address)
    if (free) return free
    const own = await byAddress(username, address)
    if (own && !own.began) return own
    // Another address claimed the name, or is just reserving it.
    await own?.release()
    throw usernameTaken()
  }
}

function addressOf(email: string): string {
  return `address ${email.toLowerCase()}`
}

export function usernameTaken(): RejectedError {
  return new RejectedError(
    'username_taken',
    'the username is taken or reserved; choose another one',
  )
}
