// Repeated demotion: old versions that are views of a table follow it when that table becomes a view in its
// turn, in any order, while servers of every release read and write.
import type pg from 'pg'
import t, { type Test } from 'tap'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { sourcesOf } from '../../../../src/platform/read-models/tables.ts'
import { idOf } from '../../../support/ids.ts'
import { installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { baseRelease, successor } from '../../../support/read-models/example-releases/successor.ts'
import {
  countProjections,
  databaseOfAllReleases,
  OldServers,
} from '../../../support/read-models/retire/old-servers.ts'

const newest = `users_${baseRelease + 1}`
const old = ['users_0', 'users_1', 'users_2']

/** Installs the next release on a database in which users_0 and users_1 are views of users_2. */
async function databaseWithViews(t: Test, files?: Readonly<Record<string, string>>) {
  const { url, db } = await databaseOfAllReleases(t, baseRelease)
  const releases = await copyReleases(t, baseRelease)
  const demoted = async (table: string, client = db): Promise<string> => {
    let said = ''
    await demote(client, releases.directory, table, (line) => {
      said = line
    })
    return said
  }
  for (const table of ['users_0', 'users_1']) await demoted(table)
  await releases.add(files ?? (await successor()))
  await installInto(url, { directory: releases.directory })
  const retired = (...tables: string[]) =>
    retire({ client: db, directory: releases.directory, tables, say: () => undefined })
  return { url, db, demoted, retired, directory: releases.directory }
}

/** The tables that a view reads. */
async function viewOf(db: pg.Client, table: string): Promise<string[]> {
  return (await sourcesOf(db, 'read', table)).map(({ name }) => name)
}

const orders = [
  ['users_0', 'users_1', 'users_2'],
  ['users_2', 'users_1', 'users_0'],
  ['users_1', 'users_2', 'users_0'],
]

for (const order of orders) {
  t.test(`Tables demoted in the order ${order.join(', ')} are views of the newest`, async (t) => {
    const { url, db, demoted, retired, directory } = await databaseWithViews(t)
    const servers = new OldServers(t, url, [...old, newest])
    for (const table of order) t.equal(await demoted(table), `${table} is now a view`)
    t.ok(
      (await servers.stop()).every((reads) => reads > 0),
      'servers of every release read their tables meanwhile',
    )
    for (const table of old) t.strictSame(await viewOf(db, table), [newest], table)
    for (const table of old) t.equal(await countProjections(db, table), 0, table)
    t.strictSame(await contentsOf(db, 'users_1'), await contentsOf(db, newest))
    t.strictSame(await damagedTables(db, directory), [])
    t.strictSame(await retired('users_2'), ['users_2'], 'no view needs users_2 any longer')
    t.strictSame(await contentsOf(db, 'users_1'), await contentsOf(db, newest))
  })
}

t.test('A view of a table that becomes a view stays until it is demoted again', async (t) => {
  const { db, demoted, retired } = await databaseWithViews(t)
  await demoted('users_2')
  t.strictSame(await viewOf(db, 'users_0'), ['users_2'])
  t.strictSame(await viewOf(db, 'users_2'), [newest])
  t.strictSame(await contentsOf(db, 'users_1'), await contentsOf(db, newest))
  await t.rejects(retired('users_2'), {
    message:
      /users_2 cannot be retired: users_0, users_1 depend on it; retire users_0 too, or demote it again/,
  })
  for (const table of ['users_0', 'users_1']) await demoted(table)
  t.strictSame(await retired('users_2'), ['users_2'])
})

t.test('A view and the views that it reads are retired together', async (t) => {
  const { demoted, retired } = await databaseWithViews(t)
  await demoted('users_2')
  t.strictSame(await retired('users_2', 'users_1', 'users_0'), old)
})

t.test('An old version can be a view of a version in between, and follows it', async (t) => {
  const { url, db, demoted } = await databaseWithViews(t, {
    'users_0.view': `create view users_0 as
      select id, email, password_hash, registered_at, position from users_1;`,
  })
  const servers = new OldServers(t, url, old)
  await demoted('users_0')
  t.strictSame(await viewOf(db, 'users_0'), ['users_1'])
  await servers.stop()
  t.equal((await contentsOf(db, 'users_0')).length, (await contentsOf(db, 'users_2')).length)
})

t.test('A recreated view keeps the rights of its readers, also those to columns', async (t) => {
  const { db, demoted } = await databaseWithViews(t)
  await db.query('grant select (id) on read.users_1 to public')
  const rights = async () => {
    const { rows } = await db.query(
      `select relname, relacl::text, (select attacl::text from pg_attribute
         where attrelid = c.oid and attname = 'id')
       from pg_class c where relname = any ($1) order by relname`,
      [['users_0', 'users_1']],
    )
    return rows
  }
  const before = await rights()
  t.match(before, [{ relacl: /epistle_service=r/ }, { attacl: /^\{=r/ }])
  await demoted('users_2')
  t.strictSame(await rights(), before, 'recreated because the view below was demoted')
  await demoted('users_1')
  t.strictSame(await rights(), before, 'recreated as a view of another table')
})

t.test('A view demoted again without a newer definition is not recreated', async (t) => {
  const { db, demoted } = await databaseWithViews(t, {
    'users_2.view': (await successor())['users_2.view'] ?? '',
    [newest]: (await successor())[newest] ?? '',
  })
  const oid = async () => (await db.query(`select 'read.users_0'::regclass::oid as oid`)).rows
  const before = await oid()
  t.match(
    await demoted('users_0'),
    /^users_0 is already the view of db\/releases\/2-.*\/users_0.view.sql$/,
  )
  t.strictSame(await oid(), before)
})

t.test('Demote refuses a newer view with other rows, and the old view stays', async (t) => {
  const { db, demoted } = await databaseWithViews(t, {
    ...(await successor()),
    'users_0.view': `create view users_0 as
      select id, email, password_hash, registered_at, position from ${newest}
      where id <> '${idOf(4)}';`,
  })
  await t.rejects(demoted('users_0'), {
    name: 'MaintenanceError',
    message: new RegExp(
      `^1 row of users_0 differs from the view of db/releases/${baseRelease + 1}-added.*extra.*${idOf(4)}`,
    ),
  })
  t.strictSame(await viewOf(db, 'users_0'), ['users_2'])
  t.equal((await contentsOf(db, 'users_0')).length, 20)
})
