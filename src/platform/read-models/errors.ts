/**
 * The refusals of the engine. Each message contains what was found, what was expected and what to do;
 * a refused command leaves no change behind.
 */

/** The database or the releases are not in a state to install from. */
export class InstallError extends Error {
  override readonly name = 'InstallError'
  readonly code = 'not_installable'
}

/** A folder or file of `db/` that does not follow the rules of `db/README.md`. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError'
  readonly code = 'release_malformed'
}

/** An event that a constraint of a read table rejects. */
export interface Violation {
  readonly table: string
  /** Position of the event, decimal. */
  readonly position: string
  readonly eventType: string
  readonly constraint: string
  /** The values, as PostgreSQL reports them, e.g. `Key (username)=(ada) already exists.` */
  readonly detail: string
}

/** History violates a constraint of a new read table. Live tables and running servers are not affected. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly code = 'history_refused'
  readonly violation: Violation

  constructor(violation: Violation, cause: Error) {
    super(
      `${violation.table} cannot be built: ${describeViolation(violation)}\n` +
        '`epistle install --check` lists every such event; change the file of the new table so that ' +
        'it accepts this history, and install again',
      { cause },
    )
    this.violation = violation
  }
}

/** A read table cannot be shown, verified, rebuilt, demoted or retired now; the message has the reason. */
export class MaintenanceError extends Error {
  override readonly name = 'MaintenanceError'
  readonly code = 'not_possible_now'
}

/** One violation as a sentence. */
export function describeViolation(violation: Violation): string {
  const { position, eventType, constraint, detail } = violation
  return `${constraint || 'a constraint'} refuses the ${eventType} at position ${position}: ${detail}`
}
