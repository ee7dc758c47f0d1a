// Senders of webhooks on a database of their own, as workers run them, with endpoints and events for them.
import { createNotifications } from '../../src/platform/postgres/notifications.ts'
import { Sockets } from '../../src/platform/postgres/sockets.ts'
import {
  addEndpoint,
  listEndpoints,
  type NewEndpoint,
} from '../../src/platform/webhooks/endpoints.ts'
import { type SenderOptions, startSender } from '../../src/platform/webhooks/sender.ts'
import { feedReader } from '../../src/published-events.ts'
import { openServicePool } from '../../src/service-pool.ts'
import type { Finishing } from './database.ts'
import { readableLog } from './http/bare-app.ts'
import { idOf } from './ids.ts'
import { connect, installedDatabase } from './installed.ts'
import { until } from './until.ts'

/** A database with 12 users, and what its tests do with webhooks. */
export async function openWebhooks(t: Finishing) {
  const databaseUrl = await installedDatabase(t)
  const owner = await connect(t, databaseUrl)
  const { log, lines } = readableLog('debug')
  const pool = await openServicePool({ databaseUrl, size: 16, readTables: [], log })
  t.teardown(() => pool.end())
  const notifications = createNotifications({
    databaseUrl,
    channel: 'epistle_log',
    sockets: new Sockets(),
    onTrouble: () => undefined,
  })
  const defaults = { pool, reader: feedReader, allowLoopback: true, notifications, log }

  /** Starts a sender as a worker does; the function stops it. */
  const start = (options: Partial<SenderOptions> = {}): (() => Promise<void>) => {
    const sender = startSender({ ...defaults, mayWork: () => true, ...options })
    return () => sender.close(1)
  }
  let users = 0
  /** Registers so many users, with personal data. */
  const register = async (count: number): Promise<void> => {
    for (const end = users + count; users < end; ) {
      users += 1
      const [email, username] = [`user${users}@example.org`, `user${users}`]
      const text = `insert into log.user_registered_1 values ($1, $2, 'hash', $3)`
      await owner.query(text, [idOf(users), email, username])
    }
  }
  await register(12)
  return { owner, pool, lines, start, register, ...endpointsOf(owner) }
}

function endpointsOf(owner: Awaited<ReturnType<typeof connect>>) {
  const find = async (name: string) => {
    const found = (await listEndpoints(owner)).find((endpoint) => endpoint.name === name)
    if (!found) throw new Error(`there is no ${name}`)
    return found
  }
  return {
    /** Adds an endpoint that begins at the beginning of the log; returns its secret. */
    add: (name: string, url: string, more: Partial<NewEndpoint> = {}) =>
      addEndpoint(owner, { name, url, types: null, personal: false, after: '0', ...more }),
    find,
    isDone: (name: string) =>
      until(`${name} has all events`, async () => (await find(name)).behind === '0'),
    /** Spares a test the pause before the next attempt. */
    dueNow: () => owner.query('update work.webhooks set due_at = clock_timestamp()'),
  }
}
