// What demote and retire refuse: each time by name, with what was found and what to do, never in
// PostgreSQL's own words alone; and the table stays what it was.
import type pg from 'pg'
import t from 'tap'
import { leaseHolders } from '../../../../src/platform/read-models/lock-holders.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { freshDatabase } from '../../../support/database.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { processOf, waitsNow } from '../../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { everyRelease } from '../../../support/read-models/old-servers.ts'
import { storyEnd, successor } from '../../../support/read-models/successor.ts'
import { until } from '../../../support/until.ts'

const say = () => undefined
const retired = (client: pg.Client, ...tables: string[]) =>
  retire({ client, directory: dbDirectory, tables, say })
const demoted = (client: pg.Client, table: string, directory = dbDirectory) =>
  demote(client, directory, table, say)
const refused = (message: RegExp) => ({ name: 'MaintenanceError', message })

async function statesOf(db: pg.Client): Promise<unknown[]> {
  const { rows } = await db.query(
    `select name, state, relkind from read.tables
     left join pg_class c on c.oid = to_regclass('read.' || name) order by name`,
  )
  return rows
}

t.test('a database in which nothing is installed, a table that is not there', async (t) => {
  const empty = await connect(t, await freshDatabase(t))
  await t.rejects(retired(empty), refused(/nothing is installed .* `epistle install`/))
  await t.rejects(demoted(empty, 'users_1'), refused(/nothing is installed/))
  const { db } = await everyRelease(t)
  for (const name of ['Users_0', 'users_9', 'users"; --']) {
    const unknown = refused(new RegExp(`^unknown read table "${name}"; choose one of .*users_0`))
    await t.rejects(retired(db, name), unknown)
    await t.rejects(demoted(db, name), unknown)
  }
})

const dependents: Record<string, [make: string, name: RegExp, drop: string]> = {
  'a view': ['create view "Daily" as select * from read.users_0', /public."Daily"/, 'view "Daily"'],
  'a materialised view': [
    'create materialized view daily as select count(*) from read.users_0',
    /public.daily/,
    'materialized view daily',
  ],
  'a foreign key': [
    'create table notes (id int primary key, user_id uuid references read.users_0)',
    /public.notes/,
    'table notes',
  ],
  'a column of its row type': ['create table kept (u read.users_0)', /public.kept/, 'table kept'],
  'a function of its row type': [
    `create function hello(u read.users_0) returns text language sql as 'select 1::text'`,
    /function hello/,
    'function hello',
  ],
  'a function bound to it': [
    'create function total() returns bigint begin atomic select count(*) from read.users_0; end',
    /function total\(\)/,
    'function total',
  ],
}

t.test('whatever an operator made that depends on the table is named', async (t) => {
  const { db } = await everyRelease(t)
  const before = await statesOf(db)
  for (const [what, [make, name, drop]] of Object.entries(dependents)) {
    await db.query(make)
    await t.rejects(retired(db, 'users_1', 'users_0'), refused(name), what)
    await t.rejects(demoted(db, 'users_0'), refused(name), what)
    await db.query(`drop ${drop}`)
  }
  t.strictSame(await statesOf(db), before, 'of several tables, none has gone')
  await db.query('create view daily as select * from read.users_0')
  const said: string[] = []
  const options = { client: db, directory: dbDirectory }
  const gone = await retire({ ...options, say: (line) => said.push(line) })
  t.ok(
    gone.includes('users_1') && !gone.includes('users_0'),
    'of those nobody named, it just stays',
  )
  t.match(said.join(), 'users_0 stays: public.daily depends on it')
})

t.test('what depends on a view of the table keeps the table from becoming one', async (t) => {
  const { url, db } = await everyRelease(t, storyEnd)
  await demoted(db, 'users_0')
  await db.query('create view daily as select * from read.users_0')
  const releases = await copyReleases(t, storyEnd)
  await releases.add(await successor())
  await installInto(url, { directory: releases.directory })
  for (const table of ['users_0', 'users_2']) {
    await t.rejects(
      demoted(db, table, releases.directory),
      refused(new RegExp(`${table} cannot be demoted: public.daily depends on it`)),
    )
  }
})

t.test('a view that came about after the first look is found under the lock', async (t) => {
  const { url, db } = await everyRelease(t)
  const [maker, operator] = [await connect(t, url), await connect(t, url)]
  const pid = await processOf(operator)
  /** Makes a view in a transaction that ends only when the operator waits for it. */
  const race = async (table: string, running: Promise<unknown>) => {
    const failing = t.rejects(running, refused(/late_view/), table)
    await until('the operator waits', async () =>
      (await waitsNow(db)).some((wait) => wait.pid === pid && wait.what === `read.${table}`),
    )
    await maker.query('commit')
    await failing
    await maker.query('drop view late_view')
  }
  const begin = (table: string) =>
    maker.query(`begin; create view late_view as select * from read.${table}`)
  const before = await statesOf(db)
  await begin('users_0')
  await race('users_0', retired(operator, 'users_0'))
  await begin('users_1')
  await race('users_1', demoted(operator, 'users_1'))
  t.strictSame(await statesOf(db), before)
  await demoted(db, 'users_1')
  await db.query(`update read.tables set state = 'retiring' where name = 'users_0'`)
  for (const table of ['users_1', 'users_0']) {
    await begin(table)
    await race(table, retired(operator, table))
    t.strictSame(await retired(operator, table), [table], 'and then it can be finished')
  }
})

t.test('a table dropped by hand cannot be demoted or verified, and is still retired', async (t) => {
  const { db } = await everyRelease(t)
  await db.query('drop table read.users_0')
  await t.rejects(
    verify(db, dbDirectory, [], say),
    refused(/^users_0 was altered or dropped by hand: .* `epistle retire users_0`/),
  )
  await t.rejects(demoted(db, 'users_0'), refused(/users_0; expected none, found/))
  t.strictSame(await retired(db, 'users_0'), ['users_0'])
})

t.test('whoever holds the lease is named, be it somebody with psql', async (t) => {
  const { url, db } = await everyRelease(t)
  const psql = await connect(t, url)
  await psql.query(`set application_name = 'psql'`)
  const pid = await processOf(psql)
  for (const lock of ['pg_advisory_lock_shared', 'pg_advisory_lock']) {
    await psql.query(`select ${lock}(17745, id) from read.tables where name = 'users_0'`)
    const holder = `it is read by psql \\(process ${pid} of the database, (from|local)`
    await t.rejects(
      retired(db, 'users_0'),
      refused(new RegExp(`users_0 cannot be retired: ${holder}`)),
    )
    await db.query('set role epistle_service')
    const { rows } = await db.query(`select id from read.tables where name = 'users_0'`)
    t.match(await leaseHolders(db, rows[0].id), [
      /psql .*, from an address that pg_read_all_stats may see\)/,
    ])
    await db.query('reset role')
    await psql.query('select pg_advisory_unlock_all()')
  }
  // A server that starts takes leases before it looks at the states; it does not hold up the end.
  await psql.query('select pg_advisory_lock_shared(17745, id) from read.tables')
  await db.query(`update read.tables set state = 'retiring' where name = 'users_0'`)
  t.strictSame(await retired(db, 'users_0'), ['users_0'], 'of one that is retiring none counts')
})

t.test('a view that is not of newer tables, or not of live ones, or repeats rows', async (t) => {
  const { url, db } = await everyRelease(t)
  const releases = await copyReleases(t)
  const { next: n, directory } = releases
  const columns = 'id, user_id, token_hash, started_at, expires_at, position'
  await releases.add({
    'users_0.view': `create view users_0 as
      select id, email, password_hash, recorded_at as registered_at, position
      from log.user_registered_1;`,
    'users_1.view': `create view users_1 as
      select id, email, password_hash, null::text as username, registered_at, position
      from users_0;`,
    'users_2.view': 'create view users_2 as select * from users_2;',
    'messages_3.view': `create view messages_3 as select * from letters_${n};`,
    'sessions_0.view': `create view sessions_0 as
      select ${columns} from sessions_2 union all select ${columns} from sessions_2;`,
  })
  await installInto(url, { directory })
  const before = await statesOf(db)
  const faults = {
    users_0:
      /a view of log.user_registered_1, which is not a read table; a view may only read newer/,
    users_1: /a view of users_0, which is not newer/,
    users_2: /a view of users_2, which is not newer/,
    sessions_0: /^20 rows of sessions_0 differ from the view of .*missing \{"id"/,
  }
  for (const [table, message] of Object.entries(faults)) {
    await t.rejects(demoted(db, table, directory), refused(message), table)
  }
  await t.rejects(demoted(db, 'messages_3', directory), {
    name: 'InstallError',
    message: `db/releases/${n}-added/messages_3.view.sql: relation "letters_${n}" does not exist`,
  })
  t.strictSame(await statesOf(db), before)
  await db.query(`update read.tables set state = 'building' where name = 'sessions_2'`)
  await t.rejects(demoted(db, 'sessions_0', directory), refused(/sessions_2, which is building/))
})
