/**
 * Deletes expired counts in steps, so that no statement is long and concurrent servers share the work.
 */

import type { Logger } from 'pino'
import type { Queryable } from '../postgres/prepared.ts'
import { timedQuery } from '../postgres/timed-query.ts'
import { repeat } from '../repeat.ts'

/** Expired counts of up to a minute stay in the table, where no server reads them. */
const EVERY_MS = 60_000
/** A step of one or two milliseconds. */
const STEP = 1_000
/** More than expire in a minute; the rest is deleted a minute later. */
const STEPS = 50

/** Deletes at most `steps` times `step` expired counts, and returns how many. */
export async function clearCounts(pool: Queryable, step = STEP, steps = STEPS): Promise<number> {
  let cleared = 0
  for (let n = 0; n < steps; n += 1) {
    const { rowCount } = await timedQuery(pool, {
      name: 'limits.clear',
      // A locked count is in use and about to be renewed; the statement does not wait for it.
      text: `delete from limits.counts where key = any (array(
          select key from limits.counts where expire < $1 order by expire limit $2
          for update skip locked))`,
      values: [Date.now(), step],
    })
    cleared += rowCount ?? 0
    if ((rowCount ?? 0) < step) break
  }
  return cleared
}

/** Deletes expired counts every minute until it is closed. A failure is retried a minute later. */
export function keepClearing(pool: Queryable, log: Pick<Logger, 'warn'>) {
  return repeat(
    EVERY_MS,
    () => clearCounts(pool),
    (err) =>
      log.warn({ err }, 'expired counts of rate limits were not deleted; retrying in a minute'),
  )
}
