/**
 * On `UserLeft`, 30 days later: erase the user's data, unless the account was restored. The database decides, under the
 * append lock.
 */

import type { Handler } from '../../platform/task-queue/task.ts'

export interface EraseDeps {
  /** Erases the user who left by this event; false if the account was restored since. Rejects if it is too early. */
  readonly forgetLeft: (leaving: string) => Promise<boolean>
}

/** Handles a deletion; the task's cause is the event. */
export function eraseLeftUser({ forgetLeft }: EraseDeps): Handler {
  return async ({ cause }) => {
    if (cause) await forgetLeft(cause)
  }
}
