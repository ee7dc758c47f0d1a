/**
 * The error that ends `follow`: it carries the Problem of the server. Operations throw none, they return the
 * Problem in `error`.
 */

import type { components } from '../types.ts'

export type Problem = components['schemas']['Problem']

/** A response that trying again does not change. Branch on `code`: `unauthenticated` is the end of a session. */
export class EpistleError extends Error {
  override readonly name = 'EpistleError'
  /** The code of the problem, such as `unauthenticated`. */
  readonly code: string
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.code = problem.code
    this.problem = problem
  }
}

/** The error of a failed response; one that is not from Epistle, such as a proxy's, gets a problem of its own. */
export async function toError(response: Response): Promise<EpistleError> {
  const { status } = response
  const text = await response.text().catch(() => '')
  try {
    const problem = JSON.parse(text) as Partial<Problem>
    if (typeof problem.code === 'string') return new EpistleError(problem as Problem)
  } catch {
    // The text is not JSON.
  }
  const code = status === 401 ? 'unauthenticated' : 'unexpected_response'
  const title = `The server answered with status ${status}`
  return new EpistleError({ type: 'about:blank', title, status, code } as Problem)
}
