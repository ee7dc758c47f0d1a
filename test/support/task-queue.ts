// The task queue of a database, and workers on it with the handlers of a test.
import pino from 'pino'
import { createNotifications } from '../../src/platform/postgres/notifications.ts'
import { Sockets } from '../../src/platform/postgres/sockets.ts'
import { type Handlers, taskChannel } from '../../src/platform/task-queue/task.ts'
import { pollMs, startWorker } from '../../src/platform/task-queue/worker.ts'
import type { Finishing } from './database.ts'
import { openPool } from './domain.ts'
import { connect, installedDatabase } from './installed.ts'

/** Wakes the workers, as every append and `enqueue` do. */
export const notify = `select pg_notify('${taskChannel}', '')`

interface Row {
  readonly attempts: number
  readonly last_error: string | null
  readonly seconds: number | null
}

export async function taskQueue(t: Finishing) {
  const url = await installedDatabase(t)
  const db = await connect(t, url)

  /** The tasks of a process manager that are not done. */
  async function left(process: string): Promise<Row[]> {
    const { rows } = await db.query<Row>(
      `select attempts, last_error,
         case when isfinite(due_at)
           then round(extract(epoch from due_at - clock_timestamp()))::int end as seconds
       from work.tasks where process = $1`,
      [process],
    )
    return rows
  }

  /** Starts a worker, which is closed after the test. */
  const worker = (t: Finishing, handlers: Handlers, mayWork = () => true, patienceMs?: number) => {
    const started = startWorker({
      pool: openPool(t, url),
      groups: [handlers],
      notifications: follow(url),
      mayWork,
      log: pino({ level: 'silent' }),
      ...(patienceMs && { patienceMs }),
    })
    t.teardown(() => started.close(1))
    return started
  }
  return { pool: openPool(t, url), db, left, worker }
}

function follow(databaseUrl: string) {
  return createNotifications({
    databaseUrl,
    channel: taskChannel,
    fallbackMs: pollMs,
    sockets: new Sockets(),
    onTrouble: () => undefined,
  })
}
