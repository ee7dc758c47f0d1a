// What demote and retire refuse. Each message names the table, what was found and what to do, never in
// PostgreSQL's words alone; and the table stays as it was.
import type pg from 'pg'
import t from 'tap'
import { leaseHolders } from '../../../../src/platform/read-models/lock-holders.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { freshDatabase } from '../../../support/database.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { backendPid, currentWaits } from '../../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { baseRelease, successor } from '../../../support/read-models/example-releases/successor.ts'
import { databaseOfAllReleases } from '../../../support/read-models/retire/old-servers.ts'
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

t.test('Retire and demote refuse an empty database and an unknown table', async (t) => {
  const empty = await connect(t, await freshDatabase(t))
  await t.rejects(retired(empty), refused(/nothing is installed .* `epistle install`/))
  await t.rejects(demoted(empty, 'users_1'), refused(/nothing is installed/))
  const { db } = await databaseOfAllReleases(t)
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

t.test('Retire and demote name every operator-made object that depends on a table', async (t) => {
  const { db } = await databaseOfAllReleases(t)
  const before = await statesOf(db)
  for (const [what, [make, name, drop]] of Object.entries(dependents)) {
    await db.query(make)
    await t.rejects(retired(db, 'users_1', 'users_0'), refused(name), what)
    await t.rejects(demoted(db, 'users_0'), refused(name), what)
    await db.query(`drop ${drop}`)
  }
  t.strictSame(await statesOf(db), before, 'none of the tables has changed')
  await db.query('create view daily as select * from read.users_0')
  const said: string[] = []
  const options = { client: db, directory: dbDirectory }
  const gone = await retire({ ...options, say: (line) => said.push(line) })
  t.ok(
    gone.includes('users_1') && !gone.includes('users_0'),
    'without arguments, retire keeps the table and drops the others',
  )
  t.match(said.join(), 'users_0 stays: public.daily depends on it')
})

t.test('Demote refuses a table on whose view an operator-made view depends', async (t) => {
  const { url, db } = await databaseOfAllReleases(t, baseRelease)
  await demoted(db, 'users_0')
  await db.query('create view daily as select * from read.users_0')
  const releases = await copyReleases(t, baseRelease)
  await releases.add(await successor())
  await installInto(url, { directory: releases.directory })
  for (const table of ['users_0', 'users_2']) {
    await t.rejects(
      demoted(db, table, releases.directory),
      refused(new RegExp(`${table} cannot be demoted: public.daily depends on it`)),
    )
  }
})

t.test('Retire and demote find a view that is created while they wait for the lock', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const [maker, operator] = [await connect(t, url), await connect(t, url)]
  const pid = await backendPid(operator)
  /** Commits the view that the maker created once the operator waits for the table. */
  const race = async (table: string, running: Promise<unknown>) => {
    const failing = t.rejects(running, refused(/late_view/), table)
    await until('the operator waits', async () =>
      (await currentWaits(db)).some((wait) => wait.pid === pid && wait.what === `read.${table}`),
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
    t.strictSame(
      await retired(operator, table),
      [table],
      'the retirement can be completed once the view is dropped',
    )
  }
})

t.test('A table dropped by hand cannot be demoted or verified, but can be retired', async (t) => {
  const { db } = await databaseOfAllReleases(t)
  await db.query('drop table read.users_0')
  await t.rejects(
    verify(db, dbDirectory, [], say),
    refused(/^users_0 was altered or dropped by hand: .* `epistle install`/),
  )
  await t.rejects(demoted(db, 'users_0'), refused(/users_0; expected none, found/))
  t.strictSame(await retired(db, 'users_0'), ['users_0'])
})

t.test('Retire names the holder of a lease, even a session of psql', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const psql = await connect(t, url)
  await psql.query(`set application_name = 'psql'`)
  const pid = await backendPid(psql)
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
  // A starting server acquires leases before it reads the states; that must not delay a retirement.
  await psql.query('select pg_advisory_lock_shared(17745, id) from read.tables')
  await db.query(`update read.tables set state = 'retiring' where name = 'users_0'`)
  t.strictSame(await retired(db, 'users_0'), ['users_0'], 'leases on a retiring table are ignored')
})

t.test('Demote refuses views of older, unknown or building tables, or other rows', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
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
    'messages_3.view': `create view messages_3 as select * from example_messages_${n};`,
    'sessions_0.view': `create view sessions_0 as
      select ${columns} from sessions_2 union all select ${columns} from sessions_2;`,
  })
  await installInto(url, { directory })
  const before = await statesOf(db)
  const messages = {
    users_0:
      /a view of log.user_registered_1, which is not a read table; a view may only read newer/,
    users_1: /a view of users_0, which is not newer/,
    users_2: /a view of users_2, which is not newer/,
    sessions_0: /^20 rows of sessions_0 differ from the view of .*missing \{"id"/,
  }
  for (const [table, message] of Object.entries(messages)) {
    await t.rejects(demoted(db, table, directory), refused(message), table)
  }
  await t.rejects(demoted(db, 'messages_3', directory), {
    name: 'InstallError',
    message: `db/releases/${n}-added/messages_3.view.sql: relation "example_messages_${n}" does not exist`,
  })
  t.strictSame(await statesOf(db), before)
  await db.query(`update read.tables set state = 'building' where name = 'sessions_2'`)
  await t.rejects(demoted(db, 'sessions_0', directory), refused(/sessions_2, which is building/))
})
