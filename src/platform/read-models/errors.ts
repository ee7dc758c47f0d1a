/**
 * What the engine refuses. Each error says what was found, what was expected and what to do; none
 * leaves a change behind.
 */

import type { Violation } from './replay/replay.ts'

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

/** History that a constraint of a new read table forbids. What is live goes on as it was. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly code = 'history_refused'
  readonly violation: Violation

  constructor(violation: Violation, cause: Error) {
    super(
      `${violation.table} cannot be built: ${describeViolation(violation)}\n` +
        '`epistle install --check` lists all there is; change the new table so that it can hold ' +
        'this history, and install again',
      { cause },
    )
    this.violation = violation
  }
}

/** A read table cannot be retired, rebuilt or demoted as things are; the message says why. */
export class MaintenanceError extends Error {
  override readonly name = 'MaintenanceError'
  readonly code = 'not_possible_now'
}

/** One violation as a sentence. */
export function describeViolation(violation: Violation): string {
  const { position, eventType, constraint, detail } = violation
  return `${constraint || 'a constraint'} refuses the ${eventType} at position ${position}: ${detail}`
}
