/**
 * A worker: takes tasks that are due and has them done, a few at a time.
 *
 * Each is done inside the transaction that took it. A worker that dies in the middle, however it
 * dies, thereby gives it back, and another does it at once: no lease to expire, no clock. So a task
 * is done at least once; what fails is put off and tried again.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase, Pool } from 'pg'
import type { Logger } from 'pino'
import { finish, type Handlers, putOff, type Task, take } from './task.ts'

/** Tasks that wait for an SMTP server do not keep others waiting. */
export const slots = 4
/** How often an idle slot looks; nobody minds when a mail leaves half a second later. */
const idleMs = 500
/** After the database could not be reached. */
const troubleMs = 1_000
/**
 * What is not done by then has failed: an SMTP server that is never silent for long, and never ready,
 * would keep a slot for ever. A mail takes seconds; where each of its steps nearly fails, not this long.
 */
const longestTaskMs = 120_000
/**
 * The transaction is idle while the task is done. Longer than any task: a server that hears nothing
 * for so long has lost its worker.
 */
const longestSilence = '3min'

interface WorkerOptions {
  /** Two connections for each slot: one holds the task, the other does it. */
  readonly pool: Pool
  readonly handlers: Handlers
  /** Whether tasks may be taken now. */
  readonly mayWork: () => boolean
  /** How long a task may take; for tests that cannot wait. */
  readonly patienceMs?: number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface Worker {
  /** Takes no more; resolves when what runs is done, or given back after so many seconds. */
  close(seconds: number): Promise<void>
}

/** Begins to work. */
export function startWorker(options: WorkerOptions): Worker {
  const stop = new AbortController()
  const held = new Set<() => void>()
  const running = Array.from({ length: slots }, () => slot(options, stop.signal, held))
  const done = Promise.all(running)
  return {
    close: async (seconds) => {
      stop.abort()
      const enough = new AbortController()
      await Promise.race([done, sleep(seconds * 1000, enough.signal)])
      enough.abort()
      // What is still at work loses its connection, and with it its task.
      for (const drop of held) drop()
    },
  }
}

async function slot(
  options: WorkerOptions,
  stop: AbortSignal,
  held: Set<() => void>,
): Promise<void> {
  while (!stop.aborted) {
    try {
      const worked = options.mayWork() && (await workOnOne(options, stop, held))
      if (!worked) await sleep(idleMs, stop)
    } catch (err) {
      if (stop.aborted) return
      options.log.warn({ err }, 'no task can be taken; trying again')
      await sleep(troubleMs, stop)
    }
  }
}

/** Until the time is over, or it is of no use any more. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined)
}

/** Whether there was one. */
async function workOnOne(
  options: WorkerOptions,
  stop: AbortSignal,
  held: Set<() => void>,
): Promise<boolean> {
  const { pool, handlers } = options
  const client = await pool.connect()
  if (stop.aborted) {
    client.release()
    return false
  }
  client.on('error', ignore)
  const letGo = (lost: boolean) => {
    if (!held.delete(drop)) return
    client.off('error', ignore)
    client.release(lost)
  }
  const drop = () => letGo(true)
  held.add(drop)
  try {
    await client.query(`begin; set local idle_in_transaction_session_timeout = '${longestSilence}'`)
    const task = await take(client, Object.keys(handlers))
    if (task) await workOn(options, client, task)
    await client.query('commit')
    letGo(false)
    return task !== undefined
  } finally {
    drop()
  }
}

/** A connection that is lost while a task is done is told by the next query. */
function ignore(): void {}

async function workOn(
  { handlers, log, patienceMs = longestTaskMs }: WorkerOptions,
  client: ClientBase,
  task: Task,
): Promise<void> {
  const { id, process, cause, attempts } = task
  const facts = { task: id, process, cause, attempts: attempts + 1 }
  try {
    await within(patienceMs, handlers[process]?.(task))
  } catch (err) {
    const seconds = await putOff(client, task, err instanceof Error ? err.message : String(err))
    if (seconds !== null) return log.warn({ ...facts, seconds, err }, 'a task failed; put off')
    return log.error({ ...facts, err }, 'a task failed too often; it stays in work.tasks')
  }
  await finish(client, task)
  log.info(facts, 'task done')
}

/** What goes on after its time is done once more, as what its worker died of. */
async function within(ms: number, doing: Promise<void> | undefined): Promise<void> {
  const over = new AbortController()
  const late = pause(ms, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`not done after ${ms / 1000} s`)
  })
  await Promise.race([doing, late]).finally(() => over.abort())
}
