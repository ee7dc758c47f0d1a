/**
 * What the engine refuses. Each error says what was found, what was expected and what to do; none
 * leaves a change behind.
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

/** History that a constraint of a new read table forbids. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly code = 'history_refused'
  readonly table: string

  constructor(table: string, cause: Error) {
    super(`${table} cannot be built: ${cause.message}`, { cause })
    this.table = table
  }
}
