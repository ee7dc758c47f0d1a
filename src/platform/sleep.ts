/** Waiting that an abort ends early instead of failing. */

import { setTimeout as pause } from 'node:timers/promises'

/** Resolves after `ms`, or when the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined)
}
