// A build that meets history its table refuses leaves everything live as it was; until the table is
// live its file may be written anew, and from then on it is frozen as every released file.
import t, { type Test } from 'tap'
import { checkInstall, install } from '../../../../src/platform/read-models/install/install.ts'
import { readStatus } from '../../../../src/platform/read-models/status.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damages } from '../../../support/read-models/agreement.ts'
import { locksOf, processOf } from '../../../support/read-models/blocked-sessions.ts'
import { contentsOf, liveTables } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { letters } from '../../../support/read-models/example-release.ts'
import { until } from '../../../support/until.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const { directory, next: n } = releases
const table = `letters_${n}`
const [ann, bob] = [idOf(1), idOf(2)]

/** Brings or rewrites the read table with another rule. */
async function rule(unique: string): Promise<void> {
  await releases.add({ [table]: await letters(db, n, { unique }) })
}

const check = () => checkInstall({ client: db, directory, say: () => undefined })

async function everythingLive(): Promise<unknown> {
  const rows: unknown[] = []
  for (const name of await liveTables(db)) rows.push(name, await contentsOf(db, name))
  return rows
}

await append(db, [userRegistered(ann), userRegistered(bob)])
for (let id = 10; id < 20; id++) {
  await append(db, [messageSent(idOf(id), ann, id % 2 ? ann : bob)])
}

t.test('the build stops with the first line of the pre-flight report', async (t) => {
  await rule('dst_id')
  const before = await everythingLive()
  const { violations } = await check()
  t.equal(violations.length, 8, 'all are told, not only the first')
  const [first] = violations
  for (const time of ['once', 'and once more']) {
    await t.rejects(
      installInto(url, { directory }),
      { name: 'BuildError', violation: { ...first, constraint: `${table}__letter_repeated` } },
      time,
    )
    t.strictSame(await everythingLive(), before)
  }
})

t.test('writers go on as before', async (t) => {
  t.match(await append(db, [messageSent(idOf(20), ann, bob)]), [{ position: /^\d+$/ }])
})

t.test('the report is the same after the release is declared', async (t) => {
  const { violations } = await check()
  t.equal(violations.length, 9)
  t.ok(violations.every(({ constraint }) => constraint === `${table}__letter_repeated`))
})

/** The new file waits for us before it makes its table; answers the installer that has come so far. */
async function beganAnew(t: Test) {
  const text = await letters(db, n, { unique: 'dst_id, content' })
  await releases.add({ [table]: `select pg_advisory_xact_lock(1, 1);${text}` })
  await db.query('select pg_advisory_lock(1, 1)')
  const client = await connect(t, url)
  const pid = await processOf(client)
  const ended = install({ client, directory, say: () => undefined }).then(
    () => 'installed',
    () => 'cut off',
  )
  const locks = await until('the new file is being run', async () => {
    const found = await locksOf(db, pid)
    return found.some(({ granted, relation }) => !granted && !relation) && found
  })
  return { pid, ended, locks }
}

t.test('a table that begins anew keeps nobody from what it refers to', async (t) => {
  const { pid, ended, locks } = await beganAnew(t)
  const held = locks.filter(({ relation, granted }) => granted && relation === 'read.user_ids_0')
  t.strictSame(
    held.filter(({ mode }) => mode !== 'AccessShareLock'),
    [],
    'while the release is declared',
  )
  await db.query('select pg_terminate_backend($1)', [pid])
  t.equal(await ended, 'cut off')
  await db.query('select pg_advisory_unlock(1, 1)')
})

t.test('cut off before it is there again, it can only begin anew, and is whole then', async (t) => {
  t.ok(
    (await readStatus(db)).readTables.some(
      ({ name, state }) => name === table && state === 'building',
    ),
  )
  await db.query('call engine.regenerate_all()')
  // Also with the file as it was before: what is left of that table is not what the file makes.
  await rule('dst_id')
  await t.rejects(installInto(url, { directory }), { name: 'BuildError' })
  const { rowCount } = await db.query(
    `select from pg_constraint where conname = $1 and conrelid = to_regclass($2)`,
    [`${table}__recipient_unknown`, `read.${table}`],
  )
  t.equal(rowCount, 1)
})

t.test('with a rule that history keeps the install goes through', async (t) => {
  await rule('dst_id, content')
  t.strictSame(await check(), { violations: [], more: false })
  t.match((await installInto(url, { directory })).join('\n'), `${table} is live`)
  t.equal((await contentsOf(db, table)).length, 11)
  t.strictSame(await damages(db, directory), [])
})

t.test('the new rule is kept from then on, by every way of writing', async (t) => {
  const again = { ...messageSent(idOf(30), ann, bob) }
  const { rows } = await db.query('select content from log.message_sent_3 where id = $1', [
    idOf(20),
  ])
  const [event] = again.events
  if (event) event.data.content = rows[0].content
  t.match(await append(db, [again]), [{ constraint: `${table}__letter_repeated` }])
})

t.test('once it is live its file is frozen', async (t) => {
  await rule('id, dst_id')
  await t.rejects(installInto(url, { directory }), {
    name: 'InstallError',
    message: new RegExp(`${table}.sql has changed`),
  })
  await rule('dst_id, content')
  await t.resolves(installInto(url, { directory }))
})
