// Serves the stream over a database of its own, and counts the pages that catch-ups read.
import type { QueryConfig } from 'pg'
import { ownPageLength } from '../../../src/features/live-updates/queries.ts'
import { liveUpdateRoutes } from '../../../src/features/live-updates/routes.ts'
import { createNotifications } from '../../../src/platform/postgres/notifications.ts'
import type { Connectable } from '../../../src/platform/postgres/prepared.ts'
import { Sockets } from '../../../src/platform/postgres/sockets.ts'
import type { Finishing } from '../database.ts'
import { openDomain } from '../domain.ts'
import { bareApp, listen } from '../http/bare-app.ts'
import { connect } from '../installed.ts'

/** A user with `pages` pages of messages to oneself, each of `length` characters of three bytes. */
export async function openWatched(
  t: Finishing,
  pages: number,
  length: number,
  options: Parameters<typeof bareApp>[2] = {},
) {
  const { url: databaseUrl, pool, findSession, register, logIn } = await openDomain(t)
  const seen = { pages: 0, atOnce: 0, mostAtOnce: 0 }
  const watched = {
    query: async (query: QueryConfig) => {
      if (query.name !== 'listOwnEventsAfter') return pool.query(query)
      seen.pages += 1
      seen.atOnce += 1
      seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce)
      return pool.query(query).finally(() => {
        seen.atOnce -= 1
      })
    },
    connect: () => pool.connect(),
  } as Connectable
  const sockets = new Sockets()
  const following = createNotifications({
    databaseUrl,
    channel: 'epistle_log',
    sockets,
    onTrouble: () => undefined,
  })
  const { app, lines } = await bareApp(
    t,
    (app) =>
      liveUpdateRoutes(app, { pool: watched, notifications: following, mayRead: () => true }),
    { findSession, ...options },
  )
  const url = `http://127.0.0.1:${await listen(app)}`
  const { id, email } = await register('eve')
  const { token } = await logIn(email)
  const owner = await connect(t, databaseUrl)
  await owner.query(
    `insert into log.message_sent_3 (id, src_id, dst_id, content)
     select gen_random_uuid(), $1, $1, repeat('…', $3) from generate_series(1, $2)`,
    [id, pages * ownPageLength, length],
  )
  return { url, token, seen, lines }
}
