/**
 * What can go wrong between a decision and the log. Each carries a snake_case `code` and facts;
 * which HTTP status that means is known in `http/problem-catalogue.ts` alone.
 */

/** What a refusal is about. */
interface RejectionFacts {
  /** The constraint that refused, e.g. `users_2__email_taken`; absent when `decide` refused. */
  readonly constraint?: string
  /** Of a command of several events, the first (from 0) that is refused. */
  readonly event?: number
  /** Of several decisions appended together, the first (from 0) that is refused. */
  readonly decision?: number
}

/** A rule of the domain, or a constraint of a read table, said no. Nothing was appended. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError'
  /** The problem code, e.g. `email_taken`, `version_conflict`; `conflict` where nobody named one. */
  readonly code: string
  readonly constraint: string | undefined
  readonly event: number | undefined
  readonly decision: number | undefined

  constructor(code: string, message: string, facts: RejectionFacts = {}) {
    super(message)
    this.code = code
    this.constraint = facts.constraint
    this.event = facts.event
    this.decision = facts.decision
  }
}

/** More is waiting than may wait; this was not begun. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
  readonly code = 'overloaded'
  /** For the caller. */
  readonly reason = 'The queue is full; nothing was done.'

  constructor(waiting: number) {
    super(`${waiting} pieces of work are waiting, which is the bound: try again later`)
  }
}

/** The database could not be reached in good time, or the writer is closing. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly code = 'unavailable'
  /** For the caller: what is known, and whether the command may be recorded all the same. */
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    super(`a command was not brought into the log in good time: ${reason}`, { cause })
    this.reason = reason
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
