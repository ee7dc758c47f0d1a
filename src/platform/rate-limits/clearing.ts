/**
 * Clears away counts whose time is over, in steps, so that no statement is long and servers that do it
 * at the same time share the work.
 */

import type { Logger } from 'pino'
import type { Queryable } from '../postgres/prepared.ts'

/** At most a minute's new counts wait to be cleared; nobody reads them meanwhile. */
const EVERY_MS = 60_000
/** A millisecond or two of work. */
const STEP = 1_000
/** More than are made in a minute; what is left is the next minute's. */
const STEPS = 50

/** Deletes what is over, `steps` times `step` at most; answers how many. */
export async function clearCounts(pool: Queryable, step = STEP, steps = STEPS): Promise<number> {
  let cleared = 0
  for (let n = 0; n < steps; n += 1) {
    const { rowCount } = await pool.query({
      name: 'limits.clear',
      // What somebody is counting at this moment is not over, and not waited for.
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

/** Clears every minute until it is closed. What fails is tried again a minute later. */
export function keepClearing(pool: Queryable, log: Pick<Logger, 'warn'>) {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = clearCounts(pool).then(
      () => undefined,
      (err: unknown) => log.warn({ err }, 'counts of limits that are over were not cleared away'),
    )
  }, EVERY_MS)
  return {
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
