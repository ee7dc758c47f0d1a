/**
 * Tasks: background work that an event or a request causes. The database's triggers enqueue tasks of
 * events (`db/machinery/04-service/3-process-managers.sql`); requests enqueue theirs here. A task is a row of
 * `work.tasks`, and the worker retries it until it succeeds.
 */

import type { ClientBase, Pool } from 'pg'
import { writeConfirmed } from '../postgres/checked-out.ts'
import { timedQuery } from '../postgres/timed-query.ts'
import { activeSpan, traceOf } from '../tracing.ts'
import { TaskFailure } from './task-failure.ts'

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
  /** Of the span that caused the task: a request, or the task whose rest it is. */
  readonly traceparent?: string | null
}

/** The part of a task that is left, for another process manager: a task of its own. */
export type Rest = Pick<Task, 'process' | 'data'>

/**
 * Carries out one task, or a part of it and returns the rest. A worker that died before it could delete the
 * task might already have done the same work, so the handler must recognize what is done, or repeat it with
 * the same effect.
 */
export type Handler = (task: Task) => Promise<Left>

// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing.
export type Left = Rest | void

/** The handlers of a worker, by process manager. The worker leaves all other tasks to other workers. */
export type Handlers = Readonly<Record<string, Handler>>

/**
 * Enqueues a task and wakes the workers, which listen to the channel that every append notifies. Committed
 * when this resolves, or with the caller's transaction.
 */
export async function enqueue(
  on: Pick<Pool, 'query'>,
  process: string,
  data: TaskData,
): Promise<void> {
  await timedQuery(on, {
    name: 'enqueueTask',
    text: `with task as (insert into work.tasks (process, data) values ($1, $2))
           select pg_notify('${taskChannel}', '')`,
    values: [process, taskData(data)],
  })
}

/**
 * Enqueues a task on a connection of the pool. Resolves once the synchronous standbys have it, so no failover loses what
 * the caller reports. Throws UnconfirmedError.
 */
export function enqueueConfirmed(
  pool: Pick<Pool, 'connect'>,
  process: string,
  data: TaskData,
): Promise<void> {
  return writeConfirmed(pool, (client) => enqueue(client, process, data))
}

/** The parameters of a task that this request or task causes, as JSON, with the trace that the task continues. */
export function taskData(data: TaskData): string {
  const span = activeSpan()
  return JSON.stringify(span ? { ...data, traceparent: traceOf(span).traceparent } : data)
}

/** Notified by every append, because its event can have enqueued a task, and by `enqueue`. */
export const taskChannel = 'epistle_log'

/**
 * Takes and locks the longest due task. No other worker sees it until the caller's transaction ends. clock_timestamp()
 * is volatile, so without a due task every task that is due later would be read.
 */
export async function takeTask(
  client: ClientBase,
  processes: readonly string[],
): Promise<Task | undefined> {
  const { rows } = await timedQuery<Task>(client, {
    name: 'takeTask',
    text: `select id, process, cause, data, asked_at as "askedAt", attempts,
             coalesce(data ->> 'traceparent', (
               select metadata ->> 'traceparent' from log.events where events.id = tasks.cause
             )) as traceparent
           from work.tasks
           where process = any ($1) and due_at <= statement_timestamp()
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
  const { rows } = await timedQuery<{ due: boolean }>(on, {
    name: 'isAnyTaskDue',
    text: `select exists (
             select from work.tasks where process = any ($1) and due_at <= statement_timestamp()
           ) as due`,
    values: [processes],
  })
  return rows[0]?.due ?? false
}

/**
 * How long (ms) until the next task is due, undefined without one. Tasks that were due when the caller's
 * transaction began do not count: `takeTask` has found them, or another worker holds them.
 */
export async function msUntilNextTask(
  client: ClientBase,
  processes: readonly string[],
): Promise<number | undefined> {
  const { rows } = await timedQuery<{ ms: number }>(client, {
    name: 'msUntilNextTask',
    text: `select ceil(extract(epoch from due_at - clock_timestamp()) * 1000)::float8 as ms
           from work.tasks
           where process = any ($1) and due_at > now() and due_at < 'infinity'
           order by due_at limit 1`,
    values: [processes],
  })
  return rows[0]?.ms
}

/** Deletes a task that is done, and enqueues its rest, in the caller's transaction. */
export async function finishTask(client: ClientBase, { id }: Task, rest: Left): Promise<void> {
  await timedQuery(client, {
    name: 'finishTask',
    text: 'delete from work.tasks where id = $1',
    values: [id],
  })
  if (rest) await enqueue(client, rest.process, rest.data)
}

/**
 * Schedules the next attempt of a failed task, at most six hours later, for more than four days (RFC 5321,
 * 4.5.4.1, for mails). The first pause is a second, or a minute if the failure advises it; each next one is
 * twice as long. Then, or at once if the failure is final, the task is given up: it is due at infinity and
 * kept for an operator. Returns the seconds until the next attempt; null when there is none.
 */
export async function postponeTask(
  client: ClientBase,
  { id, attempts }: Task,
  error: unknown,
): Promise<number | null> {
  const retry = error instanceof TaskFailure ? error.retry : 'soon'
  const isOver = retry === 'never' || attempts + 1 >= maxAttempts
  const seconds = isOver
    ? null
    : Math.min(firstPauseSeconds[retry] * 2 ** attempts, maxPauseSeconds)
  const reason = error instanceof Error ? error.message : String(error)
  await timedQuery(client, {
    name: 'postponeTask',
    text: `update work.tasks
           set attempts = attempts + 1, last_error = $2,
             due_at = coalesce(clock_timestamp() + make_interval(secs => $3), 'infinity'),
             given_up_at = case when $3::float8 is null then clock_timestamp() end
           where id = $1`,
    values: [id, reason.replaceAll('\0', '').slice(0, maxReasonLength), seconds],
  })
  return seconds
}

/** Enough to diagnose a failure. An SMTP server can send any text, even zero bytes, which `text` rejects. */
const maxReasonLength = 1_000
const firstPauseSeconds = { soon: 1, later: 60 } as const
const maxPauseSeconds = 6 * 60 * 60
/** Nine hours with growing pauses, and then pauses of six hours: 4.6 days in all, 5.9 from a minute on. */
const maxAttempts = 32
