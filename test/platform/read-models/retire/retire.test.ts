// Retire: an old read table is dropped when no server reads it and no table refers to it; otherwise the
// message names what keeps it. Its events stay, and readers of other tables notice nothing.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t, { type Test } from 'tap'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { type RetireOptions, retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { holdLeases } from '../../../../src/platform/read-models/serve/leases.ts'
import { append, passwordChanged, userRegistered } from '../../../support/append-requests.ts'
import type { Finishing } from '../../../support/database.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { liveTables } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { completesWithin } from '../../../support/read-models/cut-off.ts'
import { eventTypes } from '../../../support/read-models/event-types.ts'
import { displayNames } from '../../../support/read-models/example-releases/display-names.ts'
import { exampleMessages } from '../../../support/read-models/example-releases/example-messages.ts'
import { newestTables } from '../../../support/read-models/newest.ts'
import { leftoversOf } from '../../../support/read-models/retire/leftovers.ts'
import {
  databaseOfAllReleases,
  keepWriting,
  users,
} from '../../../support/read-models/retire/old-servers.ts'
import { epistle, finished } from '../../../support/service.ts'

/** A database of all releases up to `to` (the newest), whose users have sessions and changed passwords. */
async function databaseWithUsers(t: Finishing, to?: number) {
  const { url, db } = await databaseOfAllReleases(t, to)
  await append(
    db,
    users.map((id) => passwordChanged(id, 2)),
  )
  return { url, db }
}

/** Retires; returns the retired tables and the lines that were printed. */
async function retired(client: ClientBase, chosen: Partial<RetireOptions> = {}) {
  const said: string[] = []
  const say = (line: string) => said.push(line)
  const gone = await retire({ client, directory: dbDirectory, say, ...chosen })
  return { gone: gone.sort(), said: said.join('\n') }
}

async function countEvents(db: ClientBase): Promise<Record<string, number>> {
  const { rows: types } = await db.query<{ type: string }>('select type from log.event_types')
  const counts: Record<string, number> = {}
  for (const { type } of [...types, { type: 'events' }]) {
    counts[type] = (await db.query(`select count(*)::int as n from log.${type}`)).rows[0].n
  }
  return counts
}

t.test('Retire without arguments drops what neither code nor servers read', async (t) => {
  const { url, db } = await databaseWithUsers(t)
  const events = await countEvents(db)
  const hold = (holder: string) =>
    holdLeases({ databaseUrl: url, tables: ['users_1'], holder, onChange: () => undefined })
  const [old, another] = await Promise.all([hold('an old server'), hold('another')])
  t.teardown(() => Promise.all([old.close(), another.close()]))
  const { gone, said } = await retired(db)
  t.ok(
    ['sessions_0', 'users_0'].every((table) => gone.includes(table)),
    `${gone}`,
  )
  for (const holder of ['an old server', 'another']) {
    const named = `users_1 stays: it is read by .*${holder} \\(process \\d+ of the database`
    t.match(said, new RegExp(named), `${holder} is named`)
  }
  t.strictSame(await leftoversOf(db, gone), [], 'projections and functions are dropped, too')
  t.strictSame(await countEvents(db), events, 'the log keeps every event')
  await Promise.all([old.close(), another.close()])
  t.strictSame((await retired(db)).gone, ['users_1'])
  t.strictSame((await retired(db)).gone, [], 'a further call finds nothing to retire')
  t.strictSame((await liveTables(db)).sort(), newestTables)
  await append(db, [userRegistered(idOf(50)), passwordChanged(idOf(50), 2)])
  t.strictSame(await damagedTables(db), [])
})

t.test('Retire of older code keeps the tables of a newer release', async (t) => {
  const { url, db } = await databaseWithUsers(t)
  const newer = await copyReleases(t)
  const table = `example_messages_${newer.next}`
  await newer.add({ [table]: await exampleMessages(db, newer.next, {}) })
  await installInto(url, { directory: newer.directory })
  await retired(db)
  t.strictSame((await liveTables(db)).sort(), [...newestTables, table].sort())
})

t.test('Retire without arguments refuses before the new release is installed', async (t) => {
  const { db } = await databaseWithUsers(t, 2)
  const before = await liveTables(db)
  await t.rejects(retired(db), {
    name: 'MaintenanceError',
    message: /, which this release reads, is not live yet; run `epistle install` first/,
  })
  t.strictSame(await liveTables(db), before)
})

t.test('Retire refuses a table that a server reads, and names the server', async (t) => {
  const { url, db } = await databaseWithUsers(t)
  const newer = await copyReleases(t)
  const others = (await eventTypes(db)).filter((type) => !/^(user_reg|password_ch)/.test(type))
  await newer.add(displayNames(newer.next, others))
  await installInto(url, { directory: newer.directory })
  const env = { DATABASE_URL: url, PORT: '0' }
  const server = epistle(t, ['serve'], { env })
  await server.said(/listening/)
  const { code, stderr } = await finished(epistle(t, ['retire', 'users_2'], { env }))
  t.equal(code, 1)
  t.match(stderr, 'users_2 cannot be retired')
  t.match(stderr, /epistle serve 127\.0\.0\.1:\d+/)
  t.match(stderr, `process ${server.pid}`)
  t.ok((await liveTables(db)).includes('users_2'))
  server.child.kill('SIGTERM')
  await server.ended
  const again = await finished(epistle(t, ['retire', 'users_2'], { env }))
  t.equal(again.code, 0, 'the table is retired once that server has stopped')
  t.match(again.stderr, 'users_2 is gone')
})

t.test('retire --release retires the tables of one release', async (t) => {
  const { db } = await databaseWithUsers(t)
  t.strictSame((await retired(db, { release: 1 })).gone, ['users_1'])
  t.ok((await liveTables(db)).includes('users_0'))
  t.strictSame(await damagedTables(db), [])
  t.strictSame(
    (await retired(db, { release: 1 })).gone,
    [],
    'a further call finds nothing to retire',
  )
  const refused = retired(db, { release: 999 })
  await t.rejects(refused, { message: /^release 999 does not exist; the newest is \d+$/ })
})

t.test('No command takes the last live version of a read table', async (t) => {
  const { url, db } = await databaseWithUsers(t, 2)
  // As an install leaves it that was killed while it built users_2.
  await db.query(`update read.tables set state = 'building' where name = 'users_2'`)
  await retired(db, { tables: ['users_0'] })
  const before = await liveTables(db)
  const message = /^users_1 cannot be retired: no newer version of it is live.* `epistle install`/
  for (const tables of [['users_1'], ['sessions_0', 'users_1'], ['users_1', 'users_1']]) {
    await t.rejects(retired(db, { tables }), { name: 'MaintenanceError', message })
  }
  await t.rejects(
    demote(db, dbDirectory, 'users_1', () => undefined),
    { message: /users_2, which is building/ },
  )
  t.match(await retired(db, { release: 1 }), { gone: [], said: /users_1 stays: no newer version/ })
  t.match(await retired(db, { release: 2 }), {
    gone: [],
    said: /sessions_2 stays: no newer version/,
  })
  t.strictSame(await liveTables(db), before)
  await db.query(`update read.tables set state = 'live' where name = 'users_2'`)
  const [one, other] = [await connect(t, url), await connect(t, url)]
  const both = [retired(one, { tables: ['users_1'] }), retired(other, { tables: ['users_2'] })]
  t.strictSame(
    (await Promise.allSettled(both)).map(({ status }) => status),
    ['fulfilled', 'rejected'],
    'of two operators, the one who names the newest version is refused',
  )
  t.ok((await liveTables(db)).includes('users_2'))
})

t.test('retire --release keeps and names tables that others depend on', async (t) => {
  const { db } = await databaseWithUsers(t, 3)
  const { gone, said } = await retired(db, { release: 0 })
  t.strictSame(gone, ['sessions_0', 'users_0'])
  t.match(said, /user_ids_0 stays: (\w+, )*messages_3, (\w+, )*sessions_2 depend on it/)
})

t.test('Retire refuses a table that others refer to, and names them', async (t) => {
  const { db } = await databaseWithUsers(t, 3)
  const refused = retired(db, { tables: ['user_ids_0', 'sessions_0'] })
  await t.rejects(refused, {
    message: /user_ids_0 cannot be retired: (\w+, )*messages_3, (\w+, )*sessions_2 depend on it/,
  })
  t.ok((await liveTables(db)).includes('user_ids_0'))
  await t.rejects(retired(db, { tables: ['users_9'] }), { message: /unknown read table "users_9"/ })
})

/** Reads tables that stay until it is over, without waiting for any lock. Returns how many rounds. */
async function readOthers(t: Test, url: string, isOver: () => boolean): Promise<number> {
  const reader = await connect(t, url)
  await reader.query(`set lock_timeout = '1ms'`)
  let reads = 0
  for (; !isOver(); reads++) {
    for (const table of ['users_1', 'users_2', 'sessions_2', 'messages_3']) {
      await reader.query({ name: table, text: `select count(*) from read.${table}` })
    }
    await pause(2)
  }
  return reads
}

t.test('A retirement lets readers of other tables and writers go on', async (t) => {
  const { url, db } = await databaseWithUsers(t)
  let over = false
  const reading = readOthers(t, url, () => over)
  const writing = keepWriting(t, url, () => over, 1000)
  await retired(db, { tables: ['users_0', 'sessions_0'] }).finally(() => {
    over = true
  })
  t.ok((await reading) > 0)
  await writing
  t.strictSame(await damagedTables(db), [])
})

t.test('A retirement that is cut off at any instant is completed by the next', async (t) => {
  const random = randomness(6)
  let cuts = 0
  for (let round = 0; round < 4; round++) {
    const { url, db } = await databaseWithUsers(t)
    for (let limit = 5; ; limit *= 1.5) {
      if (await completesWithin(url, random() * limit, (client) => retired(client))) break
      cuts += 1
      await append(db, [passwordChanged(idOf(1), 2 + cuts)])
    }
    t.strictSame(await leftoversOf(db, ['users_0', 'users_1', 'sessions_0']), [])
    t.strictSame(await damagedTables(db), [])
  }
  t.ok(cuts > 4, `${cuts} retirements were cut off`)
})
