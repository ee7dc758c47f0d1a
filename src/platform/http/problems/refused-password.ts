/** The response to a refused password, for every route that sets one: the reason and the field. */

import { PasswordRefusedError } from '../../passwords/policy.ts'
import { Problem } from './problem.ts'

/** Returns a handler that turns PasswordRefusedError into a problem for the field at `pointer`. */
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
