/** How a refused password is told, wherever one is set: with the reason, and where it stood. */

import { PasswordRefusedError } from '../../passwords/policy.ts'
import { Problem } from './problem.ts'

/** A refused password becomes a problem that says which field held it. */
export function refusedAt(pointer: string) {
  return (error: unknown): never => {
    if (!(error instanceof PasswordRefusedError)) throw error
    const { reason } = error
    throw new Problem('password_refused', {
      detail: reason,
      errors: [{ pointer, message: reason }],
      cause: error,
    })
  }
}
