/**
 * Deciding again when somebody else was faster: a refused expectation says nothing about the
 * command, only that it was decided on a state that is over.
 */

import { RejectedError } from './errors.ts'

/**
 * Runs an attempt (read, decide, append) and, while it is refused as `version_conflict`, runs it
 * again from the reading on; the last attempt's refusal is handed on.
 */
export async function retryOnConflict<Answer>(
  attempts: number,
  attempt: () => Promise<Answer>,
): Promise<Answer> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (left <= 0 || !isVersionConflict(error)) throw error
    }
  }
}

/** Whether an append was refused because a stream was no longer at the version decided on. */
export function isVersionConflict(error: unknown): boolean {
  return error instanceof RejectedError && error.code === 'version_conflict'
}
