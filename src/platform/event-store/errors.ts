/**
 * The errors between a decision and the log. Each has a snake_case `code` and facts; only
 * `http/problems/catalogue.ts` maps codes to HTTP statuses.
 */

/** The facts of a rejection. */
interface RejectionFacts {
  /** The violated constraint, e.g. `users_2__email_taken`; absent when `decide` rejected the command. */
  readonly constraint?: string
  /** The index of the rejected event, when the request has several. */
  readonly event?: number
  /** The index of the rejected decision, when several were appended together. */
  readonly decision?: number
  /** Rejections of other fields of the same request. */
  readonly also?: readonly Error[]
  /** A sentence for the user, where the code alone does not say what to do. */
  readonly reason?: string
}

/** A rule of the domain or a constraint of a read table rejected the command. Nothing was appended. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError'
  /** The problem code, e.g. `email_taken`, `version_conflict`; `conflict` where the constraint names none. */
  readonly code: string
  readonly constraint: string | undefined
  readonly event: number | undefined
  readonly decision: number | undefined
  readonly also: readonly Error[]
  readonly reason: string | undefined

  constructor(code: string, message: string, facts: RejectionFacts = {}) {
    super(message)
    this.code = code
    this.constraint = facts.constraint
    this.event = facts.event
    this.decision = facts.decision
    this.also = facts.also ?? []
    this.reason = facts.reason
  }
}

/** The database could not be reached in time, or the writer is closing. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly code = 'unavailable'
  /** The detail of the problem response, including whether the command might be recorded nevertheless. */
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    super(`the command was not appended in time: ${reason}`, { cause })
    this.reason = reason
  }
}

/** The stream contains an event that this version of the code does not support, so it cannot be loaded. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError'
  readonly code = 'unknown_event'
  readonly streamId: string
  readonly type: string
  readonly position: string

  constructor(streamId: string, type: string, position: string) {
    super(
      `stream ${streamId} contains a ${type} at position ${position}, which this release does not ` +
        'support; a newer server wrote it: upgrade this one',
    )
    this.streamId = streamId
    this.type = type
    this.position = position
  }
}
