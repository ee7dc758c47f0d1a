/**
 * A task: what is to be done because of an event, or because somebody asked. Rows of `work.tasks`,
 * enqueued by the database's triggers (`db/machinery/04-service/2-work.sql`) or asked for here.
 */

import type { ClientBase, Pool } from 'pg'

export type TaskData = Readonly<Record<string, string>>

export interface Task {
  readonly id: string
  /** Which process it is for, in which version of its meaning: `welcome_8`. */
  readonly process: string
  /** The id of the event it is done because of; null where somebody asked for it. */
  readonly cause: string | null
  /** What it is about. */
  readonly data: TaskData
  readonly askedAt: Date
  /** How often it was tried in vain. */
  readonly attempts: number
}

/**
 * Does one task. It may have been done before, by a worker that died before it could say so:
 * whatever is done must be recognisable as done, or as the same.
 */
export type Handler = (task: Task) => Promise<void>

/** What a worker can do, by process. A task of any other process it leaves to another worker. */
export type Handlers = Readonly<Record<string, Handler>>

/** Asks for a task. Committed when this resolves. */
export async function ask(on: Pick<Pool, 'query'>, process: string, data: TaskData): Promise<void> {
  await on.query({
    name: 'ask',
    text: 'insert into work.tasks (process, data) values ($1, $2)',
    values: [process, JSON.stringify(data)],
  })
}

/** Takes the task that is due longest, in the caller's transaction: nobody else sees it until then. */
export async function take(
  client: ClientBase,
  processes: readonly string[],
): Promise<Task | undefined> {
  const { rows } = await client.query<Task>({
    name: 'take',
    text: `select id, process, cause, data, asked_at as "askedAt", attempts
           from work.tasks
           where process = any ($1) and due_at <= clock_timestamp()
           order by due_at limit 1
           for update skip locked`,
    values: [processes],
  })
  return rows[0]
}

/** The task is done. */
export async function finish(client: ClientBase, { id }: Task): Promise<void> {
  await client.query('delete from work.tasks where id = $1', [id])
}

/**
 * It failed: tried again after 1, 2, 4 … seconds, at most six hours, for more than four days (RFC
 * 5321, 4.5.4.1, of mails); then it stays for an operator to look at, due never. Answers the seconds
 * until then, null for never.
 */
export async function putOff(
  client: ClientBase,
  { id, attempts }: Task,
  reason: string,
): Promise<number | null> {
  const seconds = attempts + 1 >= mostAttempts ? null : Math.min(2 ** attempts, longestPause)
  await client.query(
    `update work.tasks
     set attempts = attempts + 1, last_error = $2,
       due_at = coalesce(clock_timestamp() + make_interval(secs => $3), 'infinity')
     where id = $1`,
    [id, reason.replaceAll('\0', '').slice(0, longestReason), seconds],
  )
  return seconds
}

/** Enough to find out by; what an SMTP server says may be anything, zero bytes too, which no text holds. */
const longestReason = 1_000
const longestPause = 6 * 60 * 60
/** Fifteen of growing length, nine hours in all, and then seventeen of six hours. */
const mostAttempts = 32
