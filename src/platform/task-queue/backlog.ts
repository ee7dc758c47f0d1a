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
  /** When the first of the waiting tasks was due; null when none waits. */
  readonly waitingSince: Date | null
  /** The last error of the oldest failed task; null when none has failed. */
  readonly lastError: string | null
}

/** Conditions in SQL, each with an index, which PostgreSQL cannot use for a volatile function such as clock_timestamp(). */
export const hasFailed = 'attempts > 0'
export const isWaiting = 'attempts = 0 and due_at <= statement_timestamp()'

/**
 * The backlog of each process manager with tasks; empty when nothing is installed. Reads the tasks that failed, by the
 * index of these, and those that are due, but none that wait for their day. Open consoles ask every two seconds.
 */
export async function readBacklog(client: Queryable): Promise<Backlog[]> {
  if (!(await hasTasks(client))) return []
  const { rows } = await client.query<Backlog>(
    `with failed as (
       select process, min(asked_at) as oldest,
         count(*) filter (where isfinite(due_at))::int as failing,
         count(*) filter (where not isfinite(due_at))::int as given_up
       from work.tasks where ${hasFailed} group by process
     ), due as (
       select process, min(asked_at) as oldest, min(due_at) as since, count(*)::int as waiting
       from work.tasks where ${isWaiting} group by process
     )
     select process, coalesce(waiting, 0) as waiting, coalesce(failing, 0) as failing,
       coalesce(given_up, 0) as "givenUp", least(failed.oldest, due.oldest) as oldest,
       due.since as "waitingSince", earliest.last_error as "lastError"
     from failed full join due using (process)
     left join lateral (
       select last_error from work.tasks
       where ${hasFailed} and asked_at >= failed.oldest and tasks.process = failed.process
         and last_error is not null
       order by asked_at, id limit 1
     ) earliest on true
     order by process`,
  )
  return rows
}
