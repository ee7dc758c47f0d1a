/** What a limit says no with. Codes are those of the problems that callers see. */

/** A limit that is reached, as it is told to whoever reached it. */
export interface ReachedLimit {
  readonly name: string
  /** So much was allowed … */
  readonly quota: number
  /** … within so many seconds. */
  readonly seconds: number
  /** How long there is nothing more, ms. */
  readonly waitMs: number
}

/** A limit is reached, and passes with time. */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError'
  readonly code = 'too_many_requests'
  readonly limit: ReachedLimit

  constructor(limit: ReachedLimit) {
    super(`the limit ${limit.name} is reached for another ${limit.waitMs} ms`)
    this.limit = limit
  }
}

/** So many wrong passwords in a row that none is tried any more, however long one waits. */
export class PasswordResetRequiredError extends Error {
  override readonly name = 'PasswordResetRequiredError'
  readonly code = 'password_reset_required'

  constructor(failures: number) {
    super(`${failures} passwords in a row were wrong`)
  }
}

/** Nothing can be counted, so nothing that is limited can be allowed. */
export class LimitsUnavailableError extends Error {
  override readonly name = 'LimitsUnavailableError'
  readonly code = 'unavailable'

  constructor(cause: unknown) {
    super('the counts of limits cannot be written or read', { cause })
  }
}
