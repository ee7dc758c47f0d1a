/**
 * Retries after version conflicts. A conflict means only that the state changed after it was read, so the
 * command is decided again on the new state.
 */

import { RejectedError } from './errors.ts'

/**
 * Runs an attempt (read, decide, append), and repeats it while it is rejected as `version_conflict`. Throws
 * the rejection of the last attempt.
 */
export async function retryOnConflict<Result>(
  attempts: number,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (left <= 0 || !isVersionConflict(error)) throw error
    }
  }
}

/** Whether an append was rejected because a stream was not at the expected version. */
export function isVersionConflict(error: unknown): boolean {
  return error instanceof RejectedError && error.code === 'version_conflict'
}
