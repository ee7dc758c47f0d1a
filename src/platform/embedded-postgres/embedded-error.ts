// The failures of the embedded PostgreSQL, as one error with a code. Every message contains the cause and what
// to do; setting DATABASE_URL always helps.

export type EmbeddedPostgresCode =
  | 'already_in_use' // another Epistle service uses this directory
  | 'no_binaries' // no PostgreSQL for this platform, or it does not run on this machine
  | 'no_system_user' // the process runs as root, and there is no other account for PostgreSQL
  | 'directory_unusable' // the data belong to another account, or cannot be reached
  | 'start_failed' // initdb or postgres failed; the message contains the end of the log
  | 'start_timeout' // PostgreSQL runs, but was not ready in time
  | 'stop_timeout' // PostgreSQL did not stop in time

/** The embedded PostgreSQL cannot be used. `facts` holds the values in the message, e.g. `pid`. */
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
