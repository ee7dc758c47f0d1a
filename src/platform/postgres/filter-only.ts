/**
 * Conditions that only filter the rows which other conditions find.
 *
 * PostgreSQL chooses among the indexes that conditions fit by its estimates. Where most users have a row or none, those
 * are equal, and it can read all rows of a user with many instead of the one row asked for.
 */

import { type RawBuilder, sql } from 'kysely'

/** The same condition, to which no index fits. */
export function filterOnly(condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql<boolean>`(${condition}) is true`
}
