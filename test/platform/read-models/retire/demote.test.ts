// Demote: an old read table becomes a view of its successor while servers read and write, or stays a table.
// However the command ends, running it again completes it.
import type pg from 'pg'
import t from 'tap'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { holdLeases } from '../../../../src/platform/read-models/serve/leases.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { completesWithin } from '../../../support/read-models/cut-off.ts'
import { newestOf } from '../../../support/read-models/newest.ts'
import { leftoversOf } from '../../../support/read-models/retire/leftovers.ts'
import {
  countProjections,
  databaseOfAllReleases,
  OldServers,
} from '../../../support/read-models/retire/old-servers.ts'

const silent = () => undefined
const demoted = (client: pg.Client, table: string, directory = dbDirectory) =>
  demote(client, directory, table, silent)

t.test('A demotion under readers and writers fails no statement and keeps every row', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const tables = ['users_0', 'users_1', 'sessions_0']
  const servers = new OldServers(t, url, tables)
  const operator = await connect(t, url)
  for (const table of tables) await demoted(operator, table)
  t.ok((await servers.stop()).every((reads) => reads > 0))
  for (const table of tables)
    t.equal(await countProjections(db, table), 0, `${table} costs no projection`)
  t.strictSame(await contentsOf(db, 'users_1'), await contentsOf(db, 'users_2'))
  t.strictSame(await damagedTables(db), [])
})

t.test('A demoted table keeps its columns and the rights of its readers', async (t) => {
  const { db } = await databaseOfAllReleases(t)
  const shape = async () =>
    (
      await db.query(
        `select a.attname, a.atttypid, a.attcollation, c.relacl::text ~ 'epistle_service=r' as readable
         from pg_attribute a join pg_class c on c.oid = a.attrelid
         where c.oid = 'read.users_1'::regclass and a.attnum > 0 order by a.attnum`,
      )
    ).rows
  const before = await shape()
  await demoted(db, 'users_1')
  t.strictSame(await shape(), before)
})

t.test('Demote refuses a table whose rows differ from those of the view', async (t) => {
  const { db } = await databaseOfAllReleases(t)
  const before = await countProjections(db, 'users_1')
  await db.query(`update read.users_1 set email = 'changed@example.com' where id = $1`, [idOf(3)])
  await t.rejects(demoted(db, 'users_1'), {
    name: 'MaintenanceError',
    message: new RegExp(`1 row of users_1 differs from the view.*different.*${idOf(3)}`),
  })
  t.ok(before > 0)
  t.equal(await countProjections(db, 'users_1'), before)
  t.equal((await db.query('select from pg_namespace where nspname = $1', ['shadow'])).rowCount, 0)
})

t.test('Demote refuses other columns, a missing view, and a referenced table', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const releases = await copyReleases(t)
  await releases.write(
    `${releases.next}-added/users_1.view.sql`,
    'create view users_1 as select id, email, password_hash, username from users_2;',
  )
  await installInto(url, { directory: releases.directory })
  await t.rejects(demoted(db, 'users_1', releases.directory), {
    message: /has other columns than users_1/,
  })
  await t.rejects(demoted(db, newestOf('messages'), releases.directory), {
    message: /contains a file messages_\d+\.view\.sql/,
  })
  await t.rejects(demoted(db, 'user_ids_0', releases.directory), {
    message: /messages_\d+.* depend on it/,
  })
})

t.test('Leases and retire treat a demoted table like a table', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const options = { databaseUrl: url, tables: ['users_1'], holder: 'an old server' }
  const leases = await holdLeases({ ...options, onChange: silent })
  await demoted(db, 'users_1')
  t.equal(leases.held(), true)
  await leases.close()
  const again = await holdLeases({ ...options, onChange: silent })
  const going = { client: db, directory: dbDirectory, say: silent }
  await t.rejects(retire({ ...going, tables: ['users_1'] }), { message: /an old server/ })
  await t.rejects(retire({ ...going, tables: ['users_2'] }), { message: /users_1 depends on it/ })
  await again.close()
  t.strictSame(await retire({ ...going, tables: ['users_1'] }), ['users_1'])
})

t.test('A demotion that is cut off and repeated ends as a view without projections', async (t) => {
  const random = randomness(7)
  let cuts = 0
  const { url, db } = await databaseOfAllReleases(t)
  for (const table of ['users_0', 'users_1', 'sessions_0']) {
    for (let limit = 10; ; limit *= 1.5) {
      if (await completesWithin(url, random() * limit, (client) => demoted(client, table))) break
      cuts += 1
    }
    t.equal(await countProjections(db, table), 0)
    t.strictSame(await damagedTables(db), [])
  }
  t.ok(cuts > 0, `${cuts} demotions were cut off`)
})

t.test(
  'A later release may bring a backport for a demoted table, which does not need it',
  async (t) => {
    const { url, db } = await databaseOfAllReleases(t)
    await demoted(db, 'users_1')
    const releases = await copyReleases(t)
    const n = releases.next
    await releases.add({
      [`user_hidden_${n}`]: `
      create table log.user_hidden_${n} (id uuid not null, recorded_at timestamptz not null,
        position bigint primary key);
      call log.event_table('user_hidden_${n}', aggregate => 'user', stream => 'id');`,
      users_1: `create function users_1_on(event log.user_hidden_${n}) returns void language plpgsql
      as $$ begin delete from users_1 where id = event.id; end $$;`,
      users_2: `create function users_2_on(event log.user_hidden_${n}) returns void language plpgsql
      as $$ begin delete from users_2 where id = event.id; end $$;`,
    })
    await installInto(url, { directory: releases.directory })
    await db.query(`insert into log.user_hidden_${n} values ($1)`, [idOf(5)])
    t.equal((await db.query('select from read.users_1 where id = $1', [idOf(5)])).rowCount, 0)
    t.strictSame(
      await leftoversOf(db, ['users_1']),
      ['users_1', 'users_1'],
      'only the view and its row in read.tables are left',
    )
  },
)
