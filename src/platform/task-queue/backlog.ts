/**
 * The backlog: counts of the tasks that are due and not done, for operators and monitoring. It grows when no worker
 * runs, or when the tasks fail, for example because of an SMTP server. Tasks that wait for their day are not in it.
 */

import type { Queryable } from '../postgres/prepared.ts'
import { hasTasks } from './failed-tasks.ts'

/** The tasks of one process manager. */
export interface Backlog {
  readonly process: string
  /** Tasks without an attempt. */
  readonly waiting: number
  /** Tasks with failed attempts that will be retried. */
  readonly failing: number
  /** Tasks that failed for days, and are not retried until an operator reschedules them. */
  readonly givenUp: number
  /** When the oldest task was enqueued. */
  readonly oldest: Date
  /** The last error of the oldest failed task; null when none has failed. */
  readonly lastError: string | null
}

/** The backlog of each process manager with tasks; empty when nothing is installed. */
export async function readBacklog(client: Queryable): Promise<Backlog[]> {
  if (!(await hasTasks(client))) return []
  const { rows } = await client.query<Backlog>(
    `select process,
       count(*) filter (where attempts = 0)::int as waiting,
       count(*) filter (where attempts > 0 and isfinite(due_at))::int as failing,
       count(*) filter (where attempts > 0 and not isfinite(due_at))::int as "givenUp",
       min(asked_at) as oldest,
       (array_agg(last_error order by asked_at) filter (where last_error is not null))[1]
         as "lastError"
     from work.tasks where attempts > 0 or due_at <= clock_timestamp() group by process order by process`,
  )
  return rows
}
