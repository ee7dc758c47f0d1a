/**
 * A worker: takes due tasks and carries them out, a few at a time.
 *
 * A task runs inside the transaction that took it. When a worker dies, its connection ends and releases
 * the task to other workers: no lease has to expire, and no clocks are compared. A task therefore runs at
 * least once, and a failed task is postponed and retried.
 *
 * A notification wakes an idle slot when a task might be due. A lost notification only delays a task, because
 * idle slots also look at the time the next postponed task is due, and every few seconds.
 *
 * Each group of process managers has slots of its own, so that no task of one group waits for another group.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { Span } from '@opentelemetry/api'
import type { ClientBase, Pool } from 'pg'
import type { Logger } from 'pino'
import { measured } from '../metrics/measurements.ts'
import type { Notifications } from '../postgres/notifications.ts'
import { sleep } from '../sleep.ts'
import { failSpan, inTaskSpan } from '../tracing.ts'
import { IdleSlots } from './idle-slots.ts'
import {
  finishTask,
  type Handler,
  type Handlers,
  isAnyTaskDue,
  type Left,
  msUntilNextTask,
  postponeTask,
  type Task,
  takeTask,
} from './task.ts'
import { TaskFailure } from './task-failure.ts'

/** Of each group of process managers. Several, so that a task that takes long does not block the others. */
export const slots = 4
/**
 * How often idle slots look without a notification. A notification is rarely lost, and a mail can wait
 * these seconds; so can a task whose worker died, which no notification announces.
 */
export const pollMs = 5_000
/** Appends notify, too, on a busy log hundreds of times a second; more looks than this find no more tasks. */
const minGapMs = 100
/** How often a slot checks whether it may work again; the check costs no query. */
const notAllowedMs = 500
/** The pause after a failed connection to the database. */
const troubleMs = 1_000
/**
 * A task that takes longer has failed: an SMTP server that sends a little now and then but never accepts a
 * mail would occupy a slot forever. A mail takes seconds, and less than this if all its steps nearly fail.
 */
const maxTaskMs = 120_000
/**
 * The transaction is idle while its task runs. This is longer than any task, so PostgreSQL ends only the
 * transactions of workers that it has lost.
 */
const maxIdleInTransaction = '3min'

interface WorkerOptions {
  /** Two connections for each slot: one holds the task, the other carries it out. */
  readonly pool: Pool
  readonly groups: readonly Handlers[]
  /** Notifications on `taskChannel`. */
  readonly notifications: Notifications
  /** Whether the worker may take tasks now. */
  readonly mayWork: () => boolean
  /** How long a task may take; shorter in tests. */
  readonly patienceMs?: number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface Worker {
  /**
   * Takes no more tasks. Resolves when the running tasks are done, or after these seconds, when it releases
   * them to other workers.
   */
  close(seconds: number): Promise<void>
}

/** What the slots of a group share. */
interface Shared extends WorkerOptions {
  readonly handlers: Handlers
  readonly idle: IdleSlots
  readonly stop: AbortSignal
  /** Ends the connection of each running task. */
  readonly drops: Set<() => void>
}

/** Starts a worker. */
export function startWorker(options: WorkerOptions): Worker {
  const stop = new AbortController()
  const drops = new Set<() => void>()
  const groups = options.groups.map((handlers): Shared => {
    return { ...options, handlers, idle: new IdleSlots(), stop: stop.signal, drops }
  })
  const running = groups.flatMap((group) => Array.from({ length: slots }, () => runSlot(group)))
  const done = Promise.all([...running, wakeOnNotifications(options, groups, stop.signal)])
  return {
    close: async (seconds) => {
      stop.abort()
      const impatience = new AbortController()
      await Promise.race([done, sleep(seconds * 1000, impatience.signal)])
      impatience.abort()
      // A task that is still running loses its connection, which releases it to other workers.
      for (const drop of drops) drop()
    },
  }
}

/** One look for all slots of a group at each notification; the query also detects a dead connection. */
function wakeOnNotifications(
  { notifications }: WorkerOptions,
  groups: readonly Shared[],
  stop: AbortSignal,
): Promise<void> {
  return notifications(async (on) => {
    for (const { handlers, idle } of groups) {
      if (await isAnyTaskDue(on, Object.keys(handlers))) idle.wakeOne()
    }
    await sleep(minGapMs, stop)
  }, stop)
}

async function runSlot(shared: Shared): Promise<void> {
  const { mayWork, idle, stop, log } = shared
  while (!stop.aborted) {
    try {
      if (!mayWork()) await sleep(notAllowedMs, stop)
      else {
        const ms = await workOnNext(shared)
        if (ms > 0) await idle.sleep(ms, stop)
      }
    } catch (err) {
      if (stop.aborted) return
      log.warn({ err }, 'the worker cannot take a task; retrying')
      await sleep(troubleMs, stop)
    }
  }
}

/** Carries out one due task. Returns how long (ms) the slot can sleep: 0 after a task. */
async function workOnNext(shared: Shared): Promise<number> {
  const { pool, handlers, idle, stop, drops } = shared
  const processes = Object.keys(handlers)
  const client = await pool.connect()
  if (stop.aborted) {
    client.release()
    return 0
  }
  client.on('error', ignoreError)
  const release = (lost: boolean) => {
    if (!drops.delete(drop)) return
    client.off('error', ignoreError)
    client.release(lost)
  }
  const drop = () => release(true)
  drops.add(drop)
  try {
    const timeout = `set local idle_in_transaction_session_timeout = '${maxIdleInTransaction}'`
    await client.query(`begin; ${timeout}`)
    const task = await takeTask(client, processes)
    if (task) {
      // Where one task was due, another one might be.
      idle.wakeOne()
      await inTaskSpan(task, (span) => workOn(shared, client, task, span))
    }
    const ms = task ? 0 : await msUntilNextTask(client, processes)
    await client.query('commit')
    release(false)
    return Math.min(ms ?? pollMs, pollMs)
  } finally {
    drop()
  }
}

/** The next query on a lost connection fails and reports the reason. */
function ignoreError(): void {}

/** Carries out a task that the connection holds, and deletes it, enqueues its rest or postpones it. */
async function workOn(
  { handlers, log, patienceMs = maxTaskMs }: Shared,
  client: ClientBase,
  task: Task,
  span?: Span,
): Promise<void> {
  const { id, process, cause, attempts } = task
  const traceId = span?.spanContext().traceId
  const facts = { task: id, process, cause, attempts: attempts + 1, traceId }
  const began = performance.now()
  const report = (outcome: 'done' | 'failed' | 'given_up') =>
    measured.task.report({ process, outcome, seconds: (performance.now() - began) / 1000 })
  let rest: Left
  try {
    rest = await within(patienceMs, handlers[process]?.(task))
  } catch (err) {
    failSpan(span, err)
    const seconds = await postponeTask(client, task, err)
    report(seconds === null ? 'given_up' : 'failed')
    const level = needsOperator(err, seconds) ? 'error' : 'warn'
    return seconds === null
      ? log[level]({ ...facts, err }, 'a task was given up; `epistle tasks` lists and retries it')
      : log[level]({ ...facts, seconds, err }, 'a task failed; it will be retried')
  }
  await finishTask(client, task, rest)
  report('done')
  log.info({ ...facts, ...(rest && { next: rest.process }) }, 'task done')
}

/** Whether an operator should look at a failure: not at a mail that the recipient's server rejected. */
function needsOperator(error: unknown, seconds: number | null): boolean {
  const failure = error instanceof TaskFailure ? error : undefined
  return failure?.needsOperator || (seconds === null && failure?.retry !== 'never')
}

/** Rejects after `ms`. A handler that continues anyway is repeated later, as after the death of a worker. */
async function within(ms: number, handled: ReturnType<Handler> | undefined): Promise<Left> {
  const over = new AbortController()
  const late = pause(ms, undefined, { signal: over.signal, ref: false }).then((): never => {
    throw new TaskFailure(`not done after ${ms / 1000} s`, { retry: 'later' })
  })
  return Promise.race([handled, late]).finally(() => over.abort())
}
