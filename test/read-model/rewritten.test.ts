// A build that meets history its table refuses leaves everything live as it was; until the table is
// live its file may be written anew, and from then on it is frozen as every released file.
import t from 'tap'
import { checkInstall } from '../../src/read-model/install.ts'
import { append, messageSent, userRegistered } from '../db/commands.ts'
import { idOf } from '../db/ids.ts'
import { connect, installedDatabase, installInto } from '../installed.ts'
import { damages } from './agreement.ts'
import { contentsOf, liveTables } from './contents.ts'
import { copyReleases } from './copied-releases.ts'
import { letters } from './letters.ts'

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
