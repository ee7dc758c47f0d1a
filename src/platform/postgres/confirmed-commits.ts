/**
 * Commits that the synchronous standbys have. A commit can be on the disk of the primary server alone, where a failover
 * loses it: PostgreSQL then reports success with a warning, because an administrator cancelled the wait for the standby.
 */

import type { ClientBase, QueryConfig } from 'pg'

/**
 * Whether a notice warns that a commit did not wait for the synchronous standby to its end. Its text is in the language
 * of the server, but the name of the function is not.
 */
export function isUnconfirmed({ routine }: { readonly routine?: string | undefined }): boolean {
  return routine === 'SyncRepWaitForLSN'
}

/** A commit is on the primary server, and possibly on no standby: a failover can lose it. */
export class UnconfirmedError extends Error {
  override readonly name = 'UnconfirmedError'
  readonly code = 'unconfirmed'

  constructor() {
    super(
      'the wait of a commit for the synchronous standby was cancelled, so a failover could lose what was done; check ' +
        'the standbys of the database',
    )
  }
}

/** Notes whether a commit of a connection was not confirmed, until it stops listening. */
export class CommitWatch {
  readonly #client: ClientBase
  /** Whether a commit since the beginning did not wait for the standby to its end. */
  isUnconfirmed = false
  readonly #listen = (notice: object) => {
    this.isUnconfirmed ||= isUnconfirmed(notice)
  }

  constructor(client: ClientBase) {
    this.#client = client
    client.on('notice', this.#listen)
  }

  [Symbol.dispose](): void {
    this.#client.off('notice', this.#listen)
  }
}

/** A condition in SQL: whether the database server has synchronous standbys, for which commits wait. */
export const hasStandbys = `current_setting('synchronous_standby_names') <> ''`

/**
 * The columns of a query for `confirmBy`, which make its commit wait. Without synchronous standbys they write nothing,
 * and each visible commit is on the only disk that counts. A standby confirms nothing: it can be the former primary
 * server, with commits that the new one has lost.
 */
export const commitThatWaits = `pg_is_in_recovery() as recovering,
  case when not pg_is_in_recovery() and ${hasStandbys}
    then pg_logical_emit_message(true, 'epistle', '') end`

/**
 * Runs `work`, and returns its result once the synchronous standbys have what it committed. Throws UnconfirmedError, or
 * what `work` throws.
 */
export async function untilConfirmed<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  using watch = new CommitWatch(client)
  const result = await work()
  if (watch.isUnconfirmed) await confirmCommits(client)
  return result
}

/**
 * Resolves once the synchronous standbys have every commit that is visible now: they have all earlier ones when they
 * have this one. Throws UnconfirmedError where its wait was cancelled, too, an Error from a standby, and what pg throws.
 */
export async function confirmCommits(client: ClientBase): Promise<void> {
  await confirmBy(client, { name: 'confirmCommits', text: `select ${commitThatWaits}` })
}

/**
 * Does the same by a query of one row that has `commitThatWaits` among its columns, and returns the row. The
 * synchronous standbys have every commit that the query saw.
 */
export async function confirmBy<Row extends object>(
  client: ClientBase,
  query: QueryConfig,
): Promise<Row> {
  using watch = new CommitWatch(client)
  const { rows } = await client.query<Row & { recovering: boolean }>(query)
  const [row] = rows
  if (!row || row.recovering) {
    throw new Error(
      'the database server of this connection is a standby now, and cannot confirm commits',
    )
  }
  if (watch.isUnconfirmed) throw new UnconfirmedError()
  return row
}
