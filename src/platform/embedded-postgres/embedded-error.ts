// What can go wrong with the embedded PostgreSQL, as one error with a code.
// Every message says what happened and what to do; DATABASE_URL is always a way out.

export type EmbeddedPostgresCode =
  | 'already_in_use' // another Epistle service holds this directory
  | 'no_binaries' // no PostgreSQL for this platform, or it does not run here
  | 'no_system_user' // we are root, and no other account can be had
  | 'directory_unusable' // the data are another's, or cannot be reached
  | 'start_failed' // initdb or postgres gave up; the message has the end of the log
  | 'start_timeout' // PostgreSQL lives, but did not become ready in time
  | 'stop_timeout' // the same for stopping

/** An embedded PostgreSQL that cannot be had. `facts` holds what the message names, e.g. `pid`. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresCode
  readonly facts: Record<string, string | number | null>

  constructor(
    code: EmbeddedPostgresCode,
    message: string,
    facts: Record<string, string | number | null> = {},
  ) {
    super(message)
    this.code = code
    this.facts = facts
  }
}
