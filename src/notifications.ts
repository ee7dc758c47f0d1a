/** The notifications of the database that servers and workers wait for, each on a connection of its own. */

import type { Logger } from 'pino'
import { createNotifications, type Notifications } from './platform/postgres/notifications.ts'
import type { Sockets } from './platform/postgres/sockets.ts'
import { taskChannel } from './platform/task-queue/task.ts'
import { pollMs } from './platform/task-queue/worker.ts'
import { serviceSession } from './service-pool.ts'

interface FollowOptions {
  readonly databaseUrl: string
  readonly log: Logger
  readonly sockets: Sockets
}

/**
 * Notifications of new events, on a connection that opens with the first listener. Each append in the database sends
 * them (`db/machinery/`).
 */
export function followLog({ databaseUrl, log, sockets }: FollowOptions): Notifications {
  return createNotifications({
    databaseUrl,
    session: serviceSession,
    channel: 'epistle_log',
    sockets,
    onTrouble: (err) => log.warn({ err }, 'cannot follow the log; retrying'),
  })
}

/** Notifications of new tasks. Without them a worker polls every few seconds. */
export function followTasks({ databaseUrl, log, sockets }: FollowOptions): Notifications {
  return createNotifications({
    databaseUrl,
    session: serviceSession,
    channel: taskChannel,
    fallbackMs: pollMs,
    sockets,
    onTrouble: (err) => log.warn({ err }, 'no notifications of new tasks; reconnecting'),
  })
}
