/**
 * Tasks: background work that an event or a request causes. The database's triggers enqueue tasks of
 * events (`db/machinery/04-service/3-process-managers.sql`); requests enqueue theirs here. A task is a row of
 * `work.tasks`, and the worker retries it until it succeeds.
 */

import type { ClientBase, Pool } from 'pg'

export type TaskData = Readonly<Record<string, string>>

export interface Task {
  readonly id: string
  /** The process manager it is for, with the version of its meaning: `welcome_8`. */
  readonly process: string
  /** The id of the event that caused the task; null when a request did. */
  readonly cause: string | null
  /** The parameters of the task. */
  readonly data: TaskData
  readonly askedAt: Date
  /** How many attempts have failed. */
  readonly attempts: number
}

/**
 * Carries out one task. A worker that died before it could delete the task might already have done the same
 * work, so the handler must recognize what is done, or repeat it with the same effect.
 */
export type Handler = (task: Task) => Promise<void>

/** The handlers of a worker, by process manager. The worker leaves all other tasks to other workers. */
export type Handlers = Readonly<Record<string, Handler>>

/**
 * Enqueues a task and wakes the workers, which listen to the channel that every append notifies. Committed
 * when this resolves.
 */
export async function enqueue(
  on: Pick<Pool, 'query'>,
  process: string,
  data: TaskData,
): Promise<void> {
  await on.query({
    name: 'enqueueTask',
    text: `with task as (insert into work.tasks (process, data) values ($1, $2))
           select pg_notify('${taskChannel}', '')`,
    values: [process, JSON.stringify(data)],
  })
}

/** Notified by every append, because its event can have enqueued a task, and by `enqueue`. */
export const taskChannel = 'epistle_log'

/** Takes and locks the longest due task. No other worker sees it until the caller's transaction ends. */
export async function takeTask(
  client: ClientBase,
  processes: readonly string[],
): Promise<Task | undefined> {
  const { rows } = await client.query<Task>({
    name: 'takeTask',
    text: `select id, process, cause, data, asked_at as "askedAt", attempts
           from work.tasks
           where process = any ($1) and due_at <= clock_timestamp()
           order by due_at limit 1
           for update skip locked`,
    values: [processes],
  })
  return rows[0]
}

/** Whether a task is due. Tasks that a worker holds locked count, too. */
export async function isAnyTaskDue(
  on: Pick<Pool, 'query'>,
  processes: readonly string[],
): Promise<boolean> {
  const { rows } = await on.query({
    name: 'isAnyTaskDue',
    text: `select exists (
             select from work.tasks where process = any ($1) and due_at <= clock_timestamp()
           ) as due`,
    values: [processes],
  })
  return rows[0].due
}

/**
 * How long (ms) until the next task is due, undefined without one. Tasks that were due when the caller's
 * transaction began do not count: `takeTask` has found them, or another worker holds them.
 */
export async function msUntilNextTask(
  client: ClientBase,
  processes: readonly string[],
): Promise<number | undefined> {
  const { rows } = await client.query<{ ms: number | null }>({
    name: 'msUntilNextTask',
    text: `select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::float8 as ms
           from work.tasks
           where process = any ($1) and due_at > now() and due_at < 'infinity'`,
    values: [processes],
  })
  return rows[0]?.ms ?? undefined
}

/** Deletes a task that is done. */
export async function deleteTask(client: ClientBase, { id }: Task): Promise<void> {
  await client.query('delete from work.tasks where id = $1', [id])
}

/**
 * Schedules the next attempt of a failed task: after 1, 2, 4 … seconds, at most six hours, for more than
 * four days (RFC 5321, 4.5.4.1, for mails). Then the task is kept for an operator, due at infinity. Returns
 * the seconds until the next attempt; null when there is none.
 */
export async function postponeTask(
  client: ClientBase,
  { id, attempts }: Task,
  reason: string,
): Promise<number | null> {
  const seconds = attempts + 1 >= maxAttempts ? null : Math.min(2 ** attempts, maxPauseSeconds)
  await client.query(
    `update work.tasks
     set attempts = attempts + 1, last_error = $2,
       due_at = coalesce(clock_timestamp() + make_interval(secs => $3), 'infinity')
     where id = $1`,
    [id, reason.replaceAll('\0', '').slice(0, maxReasonLength), seconds],
  )
  return seconds
}

/** Enough to diagnose a failure. An SMTP server can send any text, even zero bytes, which `text` rejects. */
const maxReasonLength = 1_000
const maxPauseSeconds = 6 * 60 * 60
/** Fifteen with growing pauses, nine hours in all, and then seventeen with pauses of six hours. */
const maxAttempts = 32
