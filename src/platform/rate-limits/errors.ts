/** The errors of rate limits. Each `code` is the code of the problem response. */

/** The facts about a reached limit that the response contains. */
export interface ReachedLimit {
  readonly name: string
  /** How many uses are allowed … */
  readonly quota: number
  /** … within this many seconds. */
  readonly seconds: number
  /** How long until the next use is allowed, ms. */
  readonly waitMs: number
}

/** A limit is reached. The caller can retry after `waitMs`. */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError'
  readonly code = 'too_many_requests'
  readonly limit: ReachedLimit

  constructor(limit: ReachedLimit) {
    super(`the limit ${limit.name} is reached; retry in ${limit.waitMs} ms`)
    this.limit = limit
  }
}

/** The counts cannot be read or written, so no limited request can be allowed. */
export class LimitsUnavailableError extends Error {
  override readonly name = 'LimitsUnavailableError'
  readonly code = 'unavailable'

  constructor(cause: unknown) {
    super('the counts of the rate limits cannot be read or written', { cause })
  }
}
