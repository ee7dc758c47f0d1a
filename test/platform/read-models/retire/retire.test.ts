// Retire: an old read table goes when nobody reads it and nothing refers to it, and is named who or
// what keeps it otherwise. Its events stay, and readers of other tables notice nothing.
import type { ClientBase } from 'pg'
import t, { type Test } from 'tap'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { type RetireOptions, retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { holdLeases } from '../../../../src/platform/read-models/serve/leases.ts'
import {
  append,
  passwordChanged,
  sessionStarted,
  userRegistered,
} from '../../../support/append-requests.ts'
import type { Finishing } from '../../../support/database.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { damages } from '../../../support/read-models/agreement.ts'
import { liveTables } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { letters } from '../../../support/read-models/example-release.ts'
import { remains } from '../../../support/read-models/leftovers.ts'
import { newestTables } from '../../../support/read-models/newest.ts'
import { epistle, finished } from '../../../support/service.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

/** A database in which all releases up to `to` (the newest) live, with something in every table of users. */
async function given(t: Finishing, to?: number) {
  const url = await stepwiseDatabase(t, to)
  const db = await connect(t, url)
  const ids = Array.from({ length: 20 }, (_, n) => idOf(n + 1))
  await append(
    db,
    ids.flatMap((id) => [
      userRegistered(id),
      sessionStarted(id.replace(/^0/, 'a'), id),
      passwordChanged(id, 2),
    ]),
  )
  return { url, db }
}

/** Retires; answers what went and what was said. */
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

t.test('without argument goes what neither this code nor a server reads', async (t) => {
  const { url, db } = await given(t)
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
  t.strictSame(await remains(db, gone), [], 'triggers and functions have gone, too')
  t.strictSame(await countEvents(db), events, 'every event is still there')
  await Promise.all([old.close(), another.close()])
  t.strictSame((await retired(db)).gone, ['users_1'])
  t.strictSame((await retired(db)).gone, [], 'and then there is nothing to retire')
  t.strictSame((await liveTables(db)).sort(), newestTables)
  await append(db, [userRegistered(idOf(50)), passwordChanged(idOf(50), 2)])
  t.strictSame(await damages(db), [])
})

t.test('old code leaves alone what a newer release brought', async (t) => {
  const { url, db } = await given(t)
  const newer = await copyReleases(t)
  const table = `letters_${newer.next}`
  await newer.add({ [table]: await letters(db, newer.next, {}) })
  await installInto(url, { directory: newer.directory })
  await retired(db)
  t.strictSame((await liveTables(db)).sort(), [...newestTables, table].sort())
})

t.test('nothing goes of itself before the new release is installed', async (t) => {
  const { db } = await given(t, 2)
  const before = await liveTables(db)
  await t.rejects(retired(db), {
    name: 'MaintenanceError',
    message: /, which this release reads, is not live yet; run `epistle install` first/,
  })
  t.strictSame(await liveTables(db), before)
})

t.test('a table that a server reads is refused, and the server named', async (t) => {
  const { url, db } = await given(t)
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
  t.equal(again.code, 0, 'once that server has stopped, it goes')
  t.match(again.stderr, 'users_2 is gone')
})

t.test('--release goes through the tables of one release', async (t) => {
  const { db } = await given(t)
  t.strictSame((await retired(db, { release: 1 })).gone, ['users_1'])
  t.ok((await liveTables(db)).includes('users_0'))
  t.strictSame(await damages(db), [])
  t.strictSame((await retired(db, { release: 1 })).gone, [], 'once more, nothing is left to go')
  const refused = retired(db, { release: 999 })
  await t.rejects(refused, { message: /^release 999 does not exist; the newest is \d+$/ })
})

t.test('of one release, what others depend on stays, and is named', async (t) => {
  const { db } = await given(t, 3)
  const { gone, said } = await retired(db, { release: 0 })
  t.strictSame(gone, ['sessions_0', 'users_0'])
  t.match(said, /user_ids_0 stays: (\w+, )*messages_3, (\w+, )*sessions_2 depend on it/)
})

t.test('a table that others refer to is not dropped, and they are named', async (t) => {
  const { db } = await given(t, 3)
  const refused = retired(db, { tables: ['user_ids_0', 'sessions_0'] })
  await t.rejects(refused, {
    message: /user_ids_0 cannot be retired: (\w+, )*messages_3, (\w+, )*sessions_2 depend on it/,
  })
  t.ok((await liveTables(db)).includes('user_ids_0'))
  await t.rejects(retired(db, { tables: ['users_9'] }), { message: /unknown read table "users_9"/ })
})

/** Reads tables that stay, again and again, and does not wait for any lock. */
async function readOthers(t: Test, url: string, isOver: () => boolean): Promise<number> {
  const reader = await connect(t, url)
  await reader.query(`set lock_timeout = '1ms'`)
  let reads = 0
  for (; !isOver(); reads++) {
    for (const table of ['users_1', 'users_2', 'sessions_2', 'messages_3']) {
      await reader.query({ name: table, text: `select count(*) from read.${table}` })
    }
  }
  return reads
}

/** Writes again and again until it is over. */
async function writeOn(t: Test, url: string, isOver: () => boolean): Promise<void> {
  const writer = await connect(t, url)
  for (let n = 1000; !isOver(); n++) {
    await append(writer, [userRegistered(idOf(n)), passwordChanged(idOf(n), 2)])
  }
}

t.test('readers of other tables do not wait, and no writer fails', async (t) => {
  const { url, db } = await given(t)
  let over = false
  const reading = readOthers(t, url, () => over)
  const writing = writeOn(t, url, () => over)
  await retired(db, { tables: ['users_0', 'sessions_0'] }).finally(() => {
    over = true
  })
  t.ok((await reading) > 0)
  await writing
  t.strictSame(await damages(db), [])
})

t.test('a retirement that is cut off at any instant is finished by the next', async (t) => {
  const random = randomness(6)
  let cuts = 0
  for (let round = 0; round < 4; round++) {
    const { url, db } = await given(t)
    for (let limit = 5; ; limit *= 1.5) {
      const client = await connect(t, url)
      const { rows } = await client.query('select pg_backend_pid() as pid')
      const cut = setTimeout(
        () => db.query('select pg_terminate_backend($1)', [rows[0].pid]),
        random() * limit,
      )
      const done = await retired(client).then(
        () => true,
        (error) => (/terminat|not queryable/.test(error.message) ? false : Promise.reject(error)),
      )
      clearTimeout(cut)
      if (done) break
      cuts += 1
      await append(db, [passwordChanged(idOf(1), 2 + cuts)])
    }
    t.strictSame(await remains(db, ['users_0', 'users_1', 'sessions_0']), [])
    t.strictSame(await damages(db), [])
  }
  t.ok(cuts > 4, `${cuts} were cut off`)
})
