// Waits for something that another OS process or the database does later.
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when `check` returns something truthy. Throws after 15 s. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false | 0>,
): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(15)) {
    const found = await check()
    if (found) return found
  }
  throw new Error(`not within 15 s: ${what}`)
}
