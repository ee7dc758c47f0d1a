// Install needs no superuser: an owner of the database who may create roles can do all of it. An owner who may
// not gets the statements that an administrator must run. Both can serve afterwards.
// It runs on a server of its own, since the roles of a server are shared by all its databases.
import t from 'tap'
import { dbDirectory, readReleases } from '../../src/platform/read-models/releases/releases.ts'
import { append, userRegistered } from '../support/append-requests.ts'
import type { Finishing } from '../support/database.ts'
import { freshDirectory, start } from '../support/embedded-postgres/embedding.ts'
import { idOf } from '../support/ids.ts'
import { connect, installInto } from '../support/installed.ts'

const server = await start(t, await freshDirectory(t))
const superuser = await connect(t, server.url)

/** A login with the rights given and a database of its own, on a server that has no service role. */
async function ownedDatabase(t: Finishing, owner: string, rights: string): Promise<string> {
  await superuser.query(`create role ${owner} login password 'owner' nosuperuser ${rights}`)
  await superuser.query(`create database ${owner} owner ${owner}`)
  t.teardown(async () => {
    await superuser.query(`drop database ${owner} with (force)`)
    await superuser.query(`drop role epistle_service`)
    await superuser.query(`drop role ${owner}`)
  })
  const url = new URL(server.url)
  url.pathname = `/${owner}`
  url.username = owner
  url.password = 'owner'
  return url.href
}

/** Registers a user under the service role; returns the users and the role that read them. */
async function serve(t: Finishing, url: string): Promise<unknown> {
  const client = await connect(t, url)
  await client.query('set role epistle_service')
  await append(client, [userRegistered(idOf(1))])
  const { rows } = await client.query('select id, current_user as role from read.users_2')
  return rows
}

const served = [{ id: idOf(1), role: 'epistle_service' }]

t.test('An owner who may create roles installs without an administrator, and serves', async (t) => {
  const url = await ownedDatabase(t, 'maker', 'createrole createdb')
  const said = await installInto(url)
  t.notOk(said.some((line) => line.includes('administrator must run')))
  t.strictSame(await serve(t, url), served)
})

t.test(
  'An owner who may not create roles gets the statements for an administrator, and serves after them',
  async (t) => {
    const url = await ownedDatabase(t, 'owner', 'nocreaterole')
    const said = await installInto(url)
    const statements = said.flatMap((line) => /administrator must run: (.*)$/.exec(line)?.[1] ?? [])
    t.strictSame(statements, [
      'create role epistle_service nologin;',
      'grant epistle_service to "owner";',
    ])
    for (const statement of statements) await superuser.query(statement)
    const newest = (await readReleases(dbDirectory)).length - 1
    t.strictSame(
      await installInto(url),
      [`the database has release ${newest}`],
      'no statement is left',
    )
    t.strictSame(await serve(t, url), served)
  },
)

t.test('An owner installs one release after another over existing data', async (t) => {
  const url = await ownedDatabase(t, 'stepwise', 'createrole')
  await installInto(url, { to: 1 })
  const client = await connect(t, url)
  await client.query(`insert into log.user_registered_0 values ($1, 'a@example.com', 'a')`, [
    idOf(1),
  ])
  await installInto(url)
  const { rows } = await client.query('select id from read.users_2')
  t.strictSame(rows, [{ id: idOf(1) }])
})
