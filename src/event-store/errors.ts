/**
 * What can go wrong between a decision and the log. Each carries a snake_case `code` and facts;
 * which HTTP status that means is known in `http/problems.ts` alone.
 */

/** A rule of the domain, or a constraint of a read table, said no. Nothing was appended. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError'
  /** The problem code, e.g. `email_taken`, `version_conflict`; `conflict` where nobody named one. */
  readonly code: string
  /** The constraint that refused, e.g. `users_2__email_taken`; absent when `decide` refused. */
  readonly constraint: string | undefined

  constructor(code: string, message: string, constraint?: string) {
    super(message)
    this.code = code
    this.constraint = constraint
  }
}

/** The stream holds an event that this version of the code does not know: it must not be folded. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError'
  readonly code = 'unknown_event'
  readonly streamId: string
  readonly type: string
  readonly position: string

  constructor(streamId: string, type: string, position: string) {
    super(
      `stream ${streamId} holds a ${type} at position ${position}, which this release does not ` +
        'know; a newer server does: upgrade this one',
    )
    this.streamId = streamId
    this.type = type
    this.position = position
  }
}
