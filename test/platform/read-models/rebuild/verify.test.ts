// Verify: reports key and kind of every row that differs from the log, and of no other row.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import {
  dbDirectory,
  readReleases,
} from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { freshDatabase } from '../../../support/database.ts'
import { connect } from '../../../support/installed.ts'
import { write } from '../../../support/racing-writers.ts'
import { contentsOf, liveTables } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import {
  damage,
  damageCases,
  populatedDatabase,
  users,
} from '../../../support/read-models/rebuild/damage.ts'
import { epistle, finished } from '../../../support/service.ts'

const { url, db } = await populatedDatabase(t)
const env = { DATABASE_URL: url }
const silent = (): void => undefined

t.test('Verify reports correct tables with exit code 0', async (t) => {
  const { code, stdout } = await finished(epistle(t, ['verify'], { env }))
  t.equal(code, 0)
  t.strictSame(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/ matches the log at .*\d$/, '')),
    await liveTables(db),
  )
})

for (const each of damageCases) {
  t.test(`Verify reports by key and kind ${each.title}`, async (t) => {
    const { rows: all } = await db.query(`select to_jsonb(r) as row from read.${each.table} r`)
    await damage(db, each.sql)
    const [result, ...others] = await verify(db, dbDirectory, [each.table], silent)
    const found = result?.rows.map(({ kind, key }) => ({ kind, key }))
    const expected =
      each.rows.length > 0 ? each.rows : all.map(({ row }) => ({ kind: 'missing', key: row }))
    const sorted = (rows: readonly unknown[] = []) => rows.map((r) => JSON.stringify(r)).sort()
    t.equal(result?.differences, expected.length)
    t.strictSame(sorted(found), sorted(expected.slice(0, 100)))
    t.strictSame(others, [])
    // The original rows come back for the next case.
    await damage(
      db,
      `delete from read.${each.table};
       insert into read.${each.table}
       select r.* from json_populate_recordset(null::read.${each.table},
         ${db.escapeLiteral(JSON.stringify(all.map(({ row }) => row)))}) r`,
    )
  })
}

t.test('Verify prints the differences and exits with 1; --json prints JSON alone', async (t) => {
  const [id] = users
  await db.query(`update read.users_2 set password_hash = 'stolen' where id = $1`, [id])
  const shown = await finished(epistle(t, ['verify', 'users_2', 'users_1'], { env }))
  t.equal(shown.code, 1)
  t.match(shown.stdout, /users_2 differs from the log at position \d+ in 1 row$/m)
  t.match(shown.stdout, `different {"id":"${id}"}`)
  t.match(shown.stdout, /users_1 matches the log/)
  const { code, stdout } = await finished(epistle(t, ['verify', '--json'], { env }))
  t.equal(code, 1)
  const { tables } = JSON.parse(stdout)
  t.strictSame(
    tables.filter(({ differences }: { differences: number }) => differences > 0),
    [
      {
        table: 'users_2',
        position: tables[0].position,
        replayedAfter: '0',
        differences: 1,
        rows: [{ key: { id }, kind: 'different' }],
      },
    ],
  )
})

t.test('Verify reports no difference while writers go on', async (t) => {
  await db.query(
    'update read.users_2 set password_hash = u.password_hash from read.users_1 u where u.id = users_2.id',
  )
  const before = (await contentsOf(db, 'users_2')).length
  let over = false
  const writing = [11, 12, 13].map(async (writer) => {
    const client = await connect(t, url)
    for (let n = 0; !over; n++) {
      await write(client, writer * 10_000 + n, 5, users)
      await pause(20)
    }
  })
  for (let n = 0; n < 5; n++) {
    const results = await verify(db, dbDirectory, [], silent)
    t.strictSame(
      results.filter(({ differences }) => differences > 0),
      [],
    )
  }
  over = true
  await Promise.all(writing)
  t.ok((await contentsOf(db, 'users_2')).length > before)
})

t.test('Verify leaves no shadow behind', async (t) => {
  const { rows } = await db.query(`select nspname from pg_namespace where nspname = 'shadow'`)
  t.strictSame(rows, [])
})

t.test('Verify refuses an unknown table and names the live ones', async (t) => {
  const { code, stderr } = await finished(epistle(t, ['verify', 'users_7'], { env }))
  t.equal(code, 1)
  t.match(stderr, /unknown read table "users_7"; choose one of .*user_ids_0, /)
})

t.test('Verify and rebuild refuse a database in which nothing is installed', async (t) => {
  const empty = { DATABASE_URL: await freshDatabase(t) }
  for (const args of [['verify'], ['verify', 'users_2'], ['rebuild', 'users_2']]) {
    const { code, stdout, stderr } = await finished(epistle(t, args, { env: empty }))
    t.match({ code, stdout }, { code: 1, stdout: '' }, args.join(' '))
    t.match(
      stderr,
      /^epistle: nothing is installed in this database; run `epistle install` first\n$/,
    )
  }
})

t.test(
  'Older code refuses to verify, rebuild or demote under a newer release, without a wait',
  async (t) => {
    const { directory } = await copyReleases(t)
    for (const { release, name } of (await readReleases(directory)).slice(2)) {
      await rm(join(directory, 'releases', `${release}-${name}`), { recursive: true })
    }
    const older = {
      name: 'MaintenanceError',
      message: /has release \d+, which this code does not contain/,
    }
    const other = await connect(t, url)
    await other.query('select pg_advisory_lock(17744, 1), pg_advisory_lock(17744, 2)')
    // A command that has to wait for a lock passes a line about it, and then would wait without an end.
    const wait = (line: string): never => {
      throw new Error(line)
    }
    await t.rejects(verify(db, directory, ['users_1'], wait), older)
    await t.rejects(rebuild(db, directory, 'users_1', wait), older)
    await t.rejects(demote(db, directory, 'users_0', wait), older)
    await other.end()
  },
)

t.test('Verify refuses a database whose files differ from those of the code', async (t) => {
  const releases = await copyReleases(t)
  await releases.append('2-changeable-passwords/users_1.sql', '-- and more')
  const changed = { name: 'InstallError', message: /users_1.sql has changed/ }
  await t.rejects(verify(db, releases.directory, ['users_1'], silent), changed)
})
