/**
 * Reservations of usernames, where a username that is taken by a registration would show that its address was
 * free: the first request for a username reserves it for 90 days, whether or not it registers a user.
 *
 * A reservation also remembers the address of its request. If a stranger registered the address before, the
 * request registered no user, but the owner of the address can still get the name while verifying it.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { reservedSeconds } from '../../platform/rate-limits/policies.ts'
import { createReservations, type Reservation } from '../../platform/rate-limits/reservations.ts'

export interface UsernameReservations {
  /** Reserves a name for a registration. Returns undefined when another request has reserved it. */
  readonly reserve: (request: NameRequest) => Promise<Reservation | undefined>
  /** Reserves a name for the owner of an address. Throws `username_taken` when another address did. */
  readonly claim: ClaimUsername
}

interface NameRequest {
  readonly username: string
  readonly email: string
  /** Names the request: the same in a retry, another in every other request. */
  readonly request: string
}

/** Throws `username_taken` when a username is reserved for another address. */
export type ClaimUsername = (username: string, email: string) => Promise<void>

const duration = { seconds: reservedSeconds, isRenewed: true }

export function createUsernameReservations(pool: Queryable): UsernameReservations {
  const byRequest = createReservations(pool, 'username', duration)
  const byAddress = createReservations(pool, 'username_address', duration)
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
    async claim(username, email) {
      const address = addressOf(email)
      // The address in place of a request, so that later registrations find the name reserved.
      const isClaimed = (await byRequest(username, address)) || (await byAddress(username, address))
      if (!isClaimed) throw usernameTaken()
    },
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
