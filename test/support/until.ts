// Waiting for something that another process or the database does in its own time.
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves once `check` answers something true; throws when it has not for 15 s. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false | 0>,
): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(15)) {
    const found = await check()
    if (found) return found
  }
  throw new Error(`still not so: ${what}`)
}
