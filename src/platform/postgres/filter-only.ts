/**
 * Conditions that only filter the rows which other conditions find.
 *
 * PostgreSQL estimates which of the indexes that fit costs the least. Where most users have a row or none, the estimates
 * are equal, and it can read all rows of a user with many instead of the one row asked for.
 */

import { type RawBuilder, sql } from 'kysely'

/** The same condition, which fits no index. For `where` and `on` alone: null becomes false. */
export function filterOnly(condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql<boolean>`(${condition}) is true`
}
