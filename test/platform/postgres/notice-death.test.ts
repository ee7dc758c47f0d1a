// PostgreSQL ends the statement of a client that is gone, and its locks with it.
import t from 'tap'
import { noticeDeath } from '../../../src/platform/postgres/notice-death.ts'
import { commandSession, openSession } from '../../../src/platform/postgres/session.ts'
import { Sockets } from '../../../src/platform/postgres/sockets.ts'
import { freshDatabase } from '../../support/database.ts'
import { connect } from '../../support/installed.ts'
import { until } from '../../support/until.ts'

t.test(
  'A lock is released while a statement of its client, which is gone, would run',
  async (t) => {
    const url = await freshDatabase(t)
    const db = await connect(t, url)
    const sockets = new Sockets()
    const client = await openSession(url, commandSession, { stream: sockets.open })
    await noticeDeath(client)
    await client.query('select pg_advisory_lock(1)')
    const sleeping = client.query('select pg_sleep(60)')
    await until('the statement runs', async () => {
      const { rows } = await db.query(
        `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
      )
      return rows.length > 0
    })
    sockets.destroyAll()
    await t.rejects(sleeping)
    await until('the lock is free', async () => {
      const { rows } = await db.query('select pg_try_advisory_lock(1) as free')
      return rows[0].free
    })
  },
)
