// Leases: a server holds one on each read table it reads, for as long as it lives and no longer. While it
// has lost them, it serves no request that reads.
import type { ClientBase } from 'pg'
import t from 'tap'
import { readTables } from '../../../../src/app.ts'
import { served } from '../../../support/http/served.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { newestOf } from '../../../support/read-models/newest.ts'
import { epistle, finished } from '../../../support/service.ts'
import { until } from '../../../support/until.ts'

/** The read tables with a lease, and the backend that holds it. */
async function leases(db: ClientBase): Promise<{ name: string; pid: number }[]> {
  const { rows } = await db.query<{ name: string; pid: number }>(
    `select t.name, l.pid from pg_locks l join read.tables t on t.id = l.objid
     where l.locktype = 'advisory' and l.classid = 17745 and l.granted
       and l.database = (select oid from pg_database where datname = current_database())
     order by t.name`,
  )
  return rows
}

/** A server holds its leases when it starts, but a slow machine can lose them: an answer may take 3 s. */
async function untilHeld(db: ClientBase): Promise<void> {
  await until('each read table has a lease', async () => {
    return (await leases(db)).length === readTables.length
  })
}

/** Ends the connection over which a server holds its leases. */
async function cut(db: ClientBase): Promise<void> {
  const [lease] = await leases(db)
  await db.query('select pg_terminate_backend($1)', [lease?.pid])
}

t.test(
  'A server holds a lease on each read table it reads, and none after it has stopped',
  async (t) => {
    const { owner, server } = await served(t)
    await untilHeld(owner)
    const held = await leases(owner)
    t.strictSame(
      held.map(({ name }) => name),
      [...readTables].sort(),
    )
    await server.close()
    t.strictSame(await leases(owner), [])
  },
)

t.test('A server killed with -9 holds no lease a moment later', async (t) => {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const server = epistle(t, ['serve'], { env: { DATABASE_URL: url, PORT: '0' } })
  await server.said(/listening/)
  await untilHeld(db)
  server.child.kill('SIGKILL')
  await server.ended
  await until('no lease is held', async () => (await leases(db)).length === 0)
  t.pass('none is held')
})

t.test('A server that has lost its leases answers 503 until it has them again', async (t) => {
  const { owner, arrive, send } = await served(t, { LOG_LEVEL: 'silent' })
  const { token } = await arrive('ada')
  const answers = async (): Promise<number[]> => {
    const [ready, me] = [await send('/readyz'), await send('/users/me', { token })]
    return [ready.status, me.status]
  }
  t.strictSame(await answers(), [200, 200])
  // A retirement sets this state. It keeps the server from acquiring its leases again at once.
  await owner.query(
    `update read.tables set state = 'retiring' where name = '${newestOf('messages')}'`,
  )
  t.strictSame(
    (await send('/users/me', { token })).status,
    200,
    'the server still holds its leases',
  )
  await cut(owner)
  const isNoticed = async () => (await send('/users/me', { token })).status === 503
  await until('the server notices the loss', isNoticed)
  const refused = await send('/users/me', { token })
  t.equal(refused.status, 503)
  t.match(await refused.json(), { code: 'unavailable' })
  t.ok(refused.headers.has('retry-after'))
  t.equal((await send('/livez')).status, 200, 'the server is alive')
  const login = { method: 'POST', body: '{"email":"ada@example.org","password":"x"}' }
  t.equal((await send('/sessions', login)).status, 503, 'a login is rejected, too')
  await owner.query(`update read.tables set state = 'live' where name = '${newestOf('messages')}'`)
  await until('the server is ready', async () => (await send('/readyz')).status === 200)
  t.strictSame(await answers(), [200, 200])
  t.strictSame((await leases(owner)).length, readTables.length)
})

t.test('A server replaces a lost lease connection by itself', async (t) => {
  const { owner, send } = await served(t, { LOG_LEVEL: 'silent' })
  const [before] = await leases(owner)
  await cut(owner)
  const after = await until('the leases are acquired again', async () => {
    const [lease] = await leases(owner)
    return lease && lease.pid !== before?.pid && lease
  })
  t.not(after.pid, before?.pid)
  await until('ready', async () => (await send('/readyz')).status === 200)
})

t.test('serve refuses to start without a live table, until the named command is run', async (t) => {
  const env = { DATABASE_URL: await installedDatabase(t, 4), PORT: '0' }
  const { code, stderr } = await finished(epistle(t, ['serve'], { env }))
  t.equal(code, 1)
  t.match(
    stderr,
    /block_changes_10, which this release reads, is gone, not live; run `epistle install`/,
  )
  t.ok((await installInto(env.DATABASE_URL)).includes('blocks_17 is live'))
  const server = epistle(t, ['serve'], { env })
  await server.said(/listening/)
  server.child.kill('SIGTERM')
  t.equal(await server.ended, 0)
})
