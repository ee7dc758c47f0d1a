// The password attempts of two servers on one database, and a clock that stands still until a test moves it.

import {
  createPasswordAttempts,
  type PasswordAttempt,
} from '../../src/platform/passwords/attempts.ts'
import { createCounts } from '../../src/platform/rate-limits/counts.ts'
import type { Finishing } from './database.ts'
import { openPool } from './domain.ts'
import { connect, installedDatabase } from './installed.ts'

export async function twoServers(t: Finishing) {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  const server = () => createPasswordAttempts(createCounts(openPool(t, url)))
  const servers = [server(), server()] as const
  let verified = 0

  /** Attempts a wrong or the right password. Returns `right`, `wrong` or the code of the rejection. */
  async function attempt(
    attempted: PasswordAttempt,
    { right = false, on = servers[0] } = {},
  ): Promise<string> {
    const verify = async () => {
      verified += 1
      return right
    }
    try {
      return (await on.checkPassword(attempted, verify)) ? 'right' : 'wrong'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  /** How many passwords were verified since the last call of this function. */
  function takeVerified(): number {
    const count = verified
    verified = 0
    return count
  }
  return { url, owner, servers, attempt, takeVerified }
}

/** Stops the clock that the limits use. The returned function moves it forward by some seconds. */
export function stopClock(): (seconds: number) => void {
  let now = Date.now()
  Date.now = () => now
  return (seconds) => {
    now += seconds * 1000
  }
}

/** The n-th of as many client addresses as a test needs. */
export const clientNumber = (n: number) => `198.51.${n >> 8}.${n & 255}`
