// Waits for something that another OS process or the database does later.
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when `check` returns something truthy. Throws after 15 s, or after as many as given. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false | 0>,
  seconds = 15,
): Promise<T> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(15)) {
    const found = await check()
    if (found) return found
  }
  throw new Error(`not within ${seconds} s: ${what}`)
}
