/**
 * Failed tasks: those that wait for their next attempt, and those that were given up. Operators list, retry
 * and drop them; workers delete what was given up a month ago.
 *
 * Promises that no command waits for a worker or touches the task that it runs, and that of two commands
 * for one task only the first has an effect.
 */

import type { Queryable } from '../postgres/prepared.ts'
import { taskChannel } from './task.ts'

export interface FailedTask {
  readonly id: string
  readonly process: string
  /** The id of the event that caused the task; null when a request did. */
  readonly cause: string | null
  readonly askedAt: Date
  readonly attempts: number
  /** When the next attempt is due; null for a task that was given up. */
  readonly retryAt: Date | null
  readonly givenUpAt: Date | null
  readonly lastError: string | null
}

/** The tasks that a command is for: those with these ids that have failed, or all of its kind. */
export type Choice = readonly string[] | 'all'

/** The failed tasks, the oldest first, at most `limit` of them; empty when nothing is installed. */
export async function listFailedTasks(client: Queryable, limit?: number): Promise<FailedTask[]> {
  if (!(await hasTasks(client))) return []
  const { rows } = await client.query<FailedTask>(
    `select id, process, cause, asked_at as "askedAt", attempts,
       case when isfinite(due_at) then due_at end as "retryAt", given_up_at as "givenUpAt",
       last_error as "lastError"
     from work.tasks where attempts > 0 order by asked_at, id limit $1`,
    [limit ?? null],
  )
  return rows
}

/**
 * Makes failed tasks due, as if they were new, and wakes the workers. `all` are those that were given up
 * and those that wait for their next attempt. Returns the ids.
 */
export async function retryTasks(client: Queryable, choice: Choice): Promise<string[]> {
  const ids = await change(
    client,
    choice,
    'true',
    `update work.tasks set due_at = clock_timestamp(), attempts = 0, last_error = null,
       given_up_at = null from failed`,
  )
  if (ids.length > 0) await client.query(`select pg_notify('${taskChannel}', '')`)
  return ids
}

/** Deletes failed tasks. `all` are those that were given up. Returns the ids. */
export async function dropTasks(client: Queryable, choice: Choice): Promise<string[]> {
  return change(client, choice, `due_at = 'infinity'`, 'delete from work.tasks using failed')
}

/** Locks first and skips what is locked: a worker holds the row of its task, and so does another operator. */
async function change(
  client: Queryable,
  choice: Choice,
  all: string,
  statement: string,
): Promise<string[]> {
  if (!(await hasTasks(client))) return []
  const chosen = choice === 'all' ? all : 'id = any ($1::uuid[])'
  const { rows } = await client.query<{ id: string }>(
    `with failed as materialized (
       select id as failed_id from work.tasks where attempts > 0 and ${chosen}
       for update skip locked
     )
     ${statement} where id = failed_id returning id`,
    choice === 'all' ? [] : [choice],
  )
  return rows.map(({ id }) => id)
}

/** Whether the tables of tasks are installed. */
export async function hasTasks(client: Queryable): Promise<boolean> {
  const { rows } = await client.query(`select to_regclass('work.tasks') is not null as there`)
  return rows[0].there
}

/** A month: an operator who was away has seen the tasks by then. */
const keptFor = '30 days'
/** Few enough for a statement of some milliseconds. */
const STEP = 1_000

/** Deletes the tasks that were given up a month ago, in steps, and returns how many. */
export async function clearGivenUpTasks(pool: Queryable, step = STEP): Promise<number> {
  let cleared = 0
  for (;;) {
    const { rowCount } = await pool.query({
      name: 'clearGivenUpTasks',
      text: `delete from work.tasks where id = any (array(
          select id from work.tasks
          where due_at = 'infinity' and given_up_at < now() - interval '${keptFor}'
          limit $1 for update skip locked))`,
      values: [step],
    })
    cleared += rowCount ?? 0
    if ((rowCount ?? 0) < step) return cleared
  }
}
