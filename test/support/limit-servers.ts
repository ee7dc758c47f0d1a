// The limits of two servers on one database, and a clock that stands still until a test moves it.

import type { Try } from '../../src/platform/passwords/attempts.ts'
import { createLimits } from '../../src/platform/rate-limits/limits.ts'
import type { Finishing } from './database.ts'
import { openPool } from './domain.ts'
import { connect, installedDatabase } from './installed.ts'

export async function twoServers(t: Finishing) {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  const servers = [createLimits(openPool(t, url)), createLimits(openPool(t, url))] as const
  let checks = 0

  /** Tries a wrong password, or the right one: what came of it, `hashed` or why not. */
  async function attempt(tried: Try, { right = false, on = servers[0] } = {}): Promise<string> {
    const check = async () => {
      checks += 1
      return right
    }
    try {
      return (await on.tryPassword(tried, check)) ? 'right' : 'wrong'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  /** How often a password was really checked since the last time this was asked. */
  function checked(): number {
    const since = checks
    checks = 0
    return since
  }
  return { url, owner, servers, attempt, checked }
}

/** Stops the clock that limits go by; answers what lets so many seconds pass. */
export function stopClock(): (seconds: number) => void {
  let now = Date.now()
  Date.now = () => now
  return (seconds) => {
    now += seconds * 1000
  }
}

/** The n-th of as many client addresses as a test needs. */
export const clientNumber = (n: number) => `198.51.${n >> 8}.${n & 255}`
