// Readers: a failover ends the leases of all servers at once. Until they are back, what would take a table away from
// one of them is refused, for at most a minute.
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { readTables } from '../../../../src/app.ts'
import { leaseSpace } from '../../../../src/platform/read-models/advisory-locks.ts'
import { readReaders } from '../../../../src/platform/read-models/overview.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { holdLeases } from '../../../../src/platform/read-models/serve/leases.ts'
import {
  absentReaders,
  beat,
  takeReaderLock,
} from '../../../../src/platform/read-models/serve/readers.ts'
import { readStatus } from '../../../../src/platform/read-models/status.ts'
import type { Finishing } from '../../../support/database.ts'
import { served } from '../../../support/http/served.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { backendPid, untilLockWait } from '../../../support/read-models/blocked-sessions.ts'
import { databaseOfAllReleases } from '../../../support/read-models/retire/old-servers.ts'
import { until } from '../../../support/until.ts'

const say = () => undefined
const retired = (client: pg.Client, ...tables: string[]) =>
  retire({ client, directory: dbDirectory, tables, say })
const reader = { id: randomUUID(), name: 'epistle serve there', tables: ['users_0'] }
const absent = /epistle serve there \(last seen \d+ s ago, and without leases now\)/
const aMinuteLater = `update work.readers set seen_at = seen_at - interval '1 minute'`

t.test('A server is a reader of its read tables from its start to its end', async (t) => {
  const { owner, server } = await served(t)
  const { rows } = await owner.query('select name, tables from work.readers')
  t.match(rows, [{ name: /^epistle serve /, tables: [...readTables] }])
  // A slow machine can lose the leases for a moment: an answer may take 3 s.
  await until('it has leases', async () => (await absentReaders(owner)).length === 0)
  await server.close()
  t.equal((await owner.query('select from work.readers')).rowCount, 0)
})

const refused = (what: RegExp) => ({
  message: new RegExp(`${what.source}.*${absent.source}.*not seen for a minute`),
})

t.test('A reader without leases prevents retire and demote for a minute', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  await beat(db, reader)
  await t.rejects(retired(db, 'users_0'), refused(/users_0 cannot be retired/))
  await t.rejects(demote(db, dbDirectory, 'users_0', say), refused(/users_0 cannot be demoted/))
  const said: string[] = []
  await retire({ client: db, directory: dbDirectory, say: (line) => said.push(line) })
  t.match(said.join('\n'), new RegExp(`users_0 stays: it is read by ${absent.source}`))
  t.match((await readStatus(db)).absent, [absent])
  t.strictSame((await readStatus(db)).running, [])

  const session = await connect(t, url)
  await takeReaderLock(session, reader)
  t.strictSame((await readStatus(db)).absent, [], 'it has leases again')
  await session.end()
  await db.query(aMinuteLater)
  t.strictSame(await retired(db, 'users_0'), ['users_0'])
})

t.test('A reader without leases prevents a new release, and no repair', async (t) => {
  const url = await installedDatabase(t, 3)
  const db = await connect(t, url)
  await beat(db, reader)
  await t.rejects(installInto(url, { to: 4 }), refused(/no new release can be installed now/))
  await installInto(url, { to: 3 })
  await db.query(aMinuteLater)
  await installInto(url, { to: 4 })
})

t.test('A reader of other tables prevents no retirement', async (t) => {
  const { db } = await databaseOfAllReleases(t)
  await beat(db, { ...reader, tables: ['users_2'] })
  t.strictSame(await retired(db, 'users_0'), ['users_0'])
})

t.test('A read-only database has leases, and no rows of readers', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const name = new URL(url).pathname.slice(1)
  await db.query(`alter database ${name} set default_transaction_read_only = on`)
  const onChange = () => undefined
  const leases = await holdLeases({ databaseUrl: url, tables: ['users_2'], holder: 'a', onChange })
  t.ok(leases.held())
  t.equal((await db.query('select from work.readers')).rowCount, 0)
  await leases.close()
})

t.test('Updates of readers do not wait for the disk or a standby', async (t) => {
  const { db } = await databaseOfAllReleases(t)
  await db.query(`set synchronous_commit = 'on'`)
  await db.query('begin')
  await beat(db, reader)
  t.strictSame((await db.query('show synchronous_commit')).rows, [{ synchronous_commit: 'off' }])
  await db.query('commit')
  await db.query(`update work.readers set seen_at = seen_at - interval '2 days'`)
  await beat(db, { ...reader, id: randomUUID() })
  t.equal((await db.query('select from work.readers')).rowCount, 1, 'old rows are deleted')
})

t.test('A server of 1.0.0, which writes no row, prevents retire after a failover', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const session = await connect(t, url)
  await session.query(
    `select pg_advisory_lock_shared(${leaseSpace}, id) from read.tables where name = 'users_0'`,
  )
  const other = { ...reader, tables: ['users_2'] }
  const ofOther = await connect(t, url)
  await takeReaderLock(ofOther, other)
  for (let n = 0; n < 2; n += 1) await beat(ofOther, other)
  const rows = `select name, tables from work.readers where id <> '${other.id}'`
  const old = { name: 'a server or worker of version 1.0.0', tables: ['users_0'] }
  t.strictSame((await db.query(rows)).rows, [old])
  t.strictSame(await absentReaders(db), [], 'its leases are seen')
  t.equal((await readReaders(db)).length, 1, 'it is listed once')
  await session.end()
  await until('its leases have ended', async () => (await readReaders(db)).length === 0)
  t.strictSame(await absentReaders(db), [], 'it ended while the same PostgreSQL ran')

  // After a failover, PostgreSQL is another process than the one in which the row was written.
  await db.query(
    `update work.readers set seen_on = seen_on - interval '1 hour' where seen_on is not null`,
  )
  t.match(await absentReaders(db, 'users_0'), [/a server or worker of version 1.0.0 \(last seen/])
  t.match(await readReaders(db), [{ ...old, holdsLeases: false }])
  await t.rejects(retired(db, 'users_0'), {
    message: /users_0 cannot be retired: a server or worker/,
  })
  await db.query(aMinuteLater)
  t.strictSame(await retired(db, 'users_0'), ['users_0'])
})

/** A server with a lease on a table. The function ends its session, as a failover or a partition of the network does. */
async function leased(t: Finishing, url: string, db: pg.Client, table: string) {
  const session = await connect(t, url)
  const server = { ...reader, tables: [table] }
  await takeReaderLock(session, server)
  const lease = `select pg_advisory_lock_shared(${leaseSpace}, id) from read.tables where name = $1`
  await session.query(lease, [table])
  await beat(session, server)
  return async () => {
    await session.end()
    await until('its leases have ended', async () => (await absentReaders(db, table)).length > 0)
  }
}

t.test('Leases that are lost while retire or demote waits prevent it, too', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const [writer, operator] = [await connect(t, url), await connect(t, url)]
  const pid = await backendPid(operator)
  /** Ends the leases of a server while the operator waits for the append lock. */
  const lose = async (table: string, act: () => Promise<unknown>, what: RegExp) => {
    const end = await leased(t, url, db, table)
    await writer.query('begin; select log.take_append_lock()')
    const failing = t.rejects(act(), refused(what), `${what}`)
    await untilLockWait(db, pid, 0)
    await end()
    await writer.query('commit')
    await failing
    await db.query('delete from work.readers')
  }
  const demoting = () => demote(operator, dbDirectory, 'users_1', say)
  await lose('users_0', () => retired(operator, 'users_0'), /users_0 cannot be retired/)
  await lose('users_1', demoting, /users_1 cannot be demoted/)
  await demoting()
  await lose('users_1', () => retired(operator, 'users_1'), /users_1 cannot be retired/)
  t.strictSame(await retired(operator, 'users_1', 'users_0'), ['users_1', 'users_0'])
})
