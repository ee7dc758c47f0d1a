/**
 * The backlog: what processes have still to do, counted for operators and for machines. Where it grows,
 * no worker runs, or something refuses what the processes want, an SMTP server say.
 */

import type { ClientBase } from 'pg'

/** The tasks of one process. */
export interface Backlog {
  readonly process: string
  /** Not tried yet. */
  readonly waiting: number
  /** Tried in vain, and tried again. */
  readonly failing: number
  /** Tried in vain for days, and not again until an operator says so. */
  readonly givenUp: number
  /** When the oldest of them came. */
  readonly oldest: Date
  /** What the oldest that failed met last; null where none has. */
  readonly lastError: string | null
}

/** One for each process that has something to do; none where nothing is installed. */
export async function readBacklog(client: ClientBase): Promise<Backlog[]> {
  const { rows: found } = await client.query(
    `select to_regclass('work.tasks') is not null as there`,
  )
  if (!found[0].there) return []
  const { rows } = await client.query<Backlog>(
    `select process,
       count(*) filter (where attempts = 0)::int as waiting,
       count(*) filter (where attempts > 0 and isfinite(due_at))::int as failing,
       count(*) filter (where attempts > 0 and not isfinite(due_at))::int as "givenUp",
       min(asked_at) as oldest,
       (array_agg(last_error order by asked_at) filter (where last_error is not null))[1]
         as "lastError"
     from work.tasks group by process order by process`,
  )
  return rows
}
