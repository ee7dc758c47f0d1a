/**
 * Failed tasks: those that wait for their next attempt, and those that were given up. Operators list, retry
 * and drop them; workers delete what was given up a month ago.
 *
 * Promises that no command waits for a worker or touches the task that it runs, and that of two commands
 * for one task only the first has an effect.
 */

import type { Queryable } from '../postgres/prepared.ts'
import { timedQuery } from '../postgres/timed-query.ts'
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

/** The tasks that a command is for: those with these ids that have failed, or all of its kind, or of a process manager. */
export type Choice = readonly string[] | 'all' | { readonly process: string }

/**
 * The failed tasks, of one process manager or of all, the oldest first, at most `limit` of them; empty when nothing is
 * installed.
 */
export async function listFailedTasks(
  client: Queryable,
  { limit, process }: { readonly limit?: number; readonly process?: string | undefined } = {},
): Promise<FailedTask[]> {
  if (!(await hasTasks(client))) return []
  const { rows } = await client.query<FailedTask>(
    `select id, process, cause, asked_at as "askedAt", attempts,
       case when isfinite(due_at) then due_at end as "retryAt", given_up_at as "givenUpAt",
       last_error as "lastError"
     from work.tasks where attempts > 0 and ($2::text is null or process = $2)
     order by asked_at, id limit $1`,
    [limit ?? null, process ?? null],
  )
  return rows
}

/** What a command did. */
export interface ChangedTasks {
  readonly count: number
  /** How many of each process manager. */
  readonly processes: Readonly<Record<string, number>>
  /** All that were named and changed; of `all`, the first hundred. */
  readonly ids: readonly string[]
}

interface Steps {
  /** Is called after each step with what was done so far, which stays done if a later step fails. */
  readonly report?: (soFar: ChangedTasks) => void
  readonly step?: number
}

/**
 * Makes failed tasks due, as if they were new, and wakes the workers. `all` are those that were given up
 * and those that wait for their next attempt.
 */
export async function retryTasks(
  client: Queryable,
  choice: Choice,
  steps: Steps = {},
): Promise<ChangedTasks> {
  const statement = `update work.tasks set due_at = clock_timestamp(), attempts = 0, last_error = null,
    given_up_at = null from failed`
  return change(
    client,
    choice,
    { all: 'true', statement },
    async (changed) => {
      if (changed.count > 0) await client.query(`select pg_notify('${taskChannel}', '')`)
      steps.report?.(changed)
    },
    steps.step,
  )
}

/** Deletes failed tasks. `all` are those that were given up. */
export async function dropTasks(
  client: Queryable,
  choice: Choice,
  steps: Steps = {},
): Promise<ChangedTasks> {
  const statement = 'delete from work.tasks using failed'
  const all = `due_at = 'infinity'`
  return change(
    client,
    choice,
    { all, statement },
    async (changed) => steps.report?.(changed),
    steps.step,
  )
}

/** Of `all`, the ids that are returned: as many as a request can name, and the audit list has. */
export const maxIds = 100
/** Few enough for a statement of some milliseconds. */
const STEP = 1_000

interface Change {
  /** The condition for `all`. */
  readonly all: string
  readonly statement: string
}

/**
 * Goes over the chosen tasks once, from the oldest on, so a task that fails again meanwhile is not changed twice.
 * `done` is called after each step.
 */
async function change(
  client: Queryable,
  choice: Choice,
  { all, statement }: Change,
  done: (soFar: ChangedTasks) => Promise<void>,
  step = STEP,
): Promise<ChangedTasks> {
  let changed: ChangedTasks = { count: 0, processes: {}, ids: [] }
  if (!(await hasTasks(client))) return changed
  const chosen = { all, process: `${all} and process = $4`, ids: 'id = any ($4::uuid[])' }
  const { by, values } = valuesOf(choice)
  const text = statementFor(chosen[by], statement)
  for (let after = beforeAll; ; ) {
    const { rows } = await client.query<ChangedRow>(text, [
      after.askedAt,
      after.id,
      step,
      ...values,
    ])
    changed = add(changed, rows, by === 'ids' ? Number.POSITIVE_INFINITY : maxIds)
    await done(changed)
    const last = rows.at(-1)
    if (!last || rows.length < step) return changed
    after = last
  }
}

/** By what a choice is made, and the values of its condition. */
function valuesOf(choice: Choice) {
  if (choice === 'all') return { by: 'all', values: [] } as const
  if ('process' in choice) return { by: 'process', values: [choice.process] } as const
  return { by: 'ids', values: [choice] } as const
}

interface ChangedRow {
  readonly id: string
  readonly process: string
  /** As text, because a Date has no microseconds. */
  readonly askedAt: string
}

const beforeAll = { askedAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' }

/** Locks first and skips what is locked: a worker holds the row of its task, and so does another operator. */
function statementFor(chosen: string, statement: string): string {
  return `
    with failed as materialized (
      select id as failed_id from work.tasks
      where attempts > 0 and ${chosen} and (asked_at, id) > ($1::timestamptz, $2::uuid)
      order by asked_at, id limit $3
      for update skip locked
    ), changed as (
      ${statement} where id = failed_id returning id, process, asked_at
    )
    select id, process, asked_at::text as "askedAt" from changed order by asked_at, id`
}

function add(to: ChangedTasks, rows: readonly ChangedRow[], most: number): ChangedTasks {
  const processes = { ...to.processes }
  for (const { process } of rows) processes[process] = (processes[process] ?? 0) + 1
  const ids = [...to.ids, ...rows.map(({ id }) => id)].slice(0, most)
  return { count: to.count + rows.length, processes, ids }
}

/** Whether the tables of tasks are installed. */
export async function hasTasks(client: Queryable): Promise<boolean> {
  const { rows } = await client.query(`select to_regclass('work.tasks') is not null as there`)
  return rows[0].there
}

/** A month: an operator who was away has seen the tasks by then. */
const keptFor = '30 days'

/** Deletes the tasks that were given up a month ago, in steps, and returns how many. */
export async function clearGivenUpTasks(pool: Queryable, step = STEP): Promise<number> {
  let cleared = 0
  for (;;) {
    const { rowCount } = await timedQuery(pool, {
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
