// A build that fails because its table refuses an event leaves everything live as it was. Until the table is
// live its file may be rewritten; from then on it is frozen like every released file.
import t, { type Test } from 'tap'
import { checkInstall, install } from '../../../../src/platform/read-models/install/install.ts'
import { readStatus } from '../../../../src/platform/read-models/status.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { backendPid } from '../../../support/read-models/blocked-sessions.ts'
import { contentsOf, liveContents } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { exampleMessages } from '../../../support/read-models/example-releases/example-messages.ts'
import {
  closeGate,
  openGate,
  passGateInFile,
  untilAtGate,
} from '../../../support/read-models/gate.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const { directory, next: n } = releases
const table = `example_messages_${n}`
const [ann, bob] = [idOf(1), idOf(2)]

/** Writes the file of the read table, with a rule that these columns are unique together. */
async function writeTable(unique: string): Promise<void> {
  await releases.add({ [table]: await exampleMessages(db, n, { unique }) })
}

const check = () => checkInstall({ client: db, directory, say: () => undefined })

await append(db, [userRegistered(ann), userRegistered(bob)])
for (let id = 10; id < 20; id++) {
  await append(db, [messageSent(idOf(id), ann, id % 2 ? ann : bob)])
}

t.test('A build fails with the first violation of the pre-flight report', async (t) => {
  await writeTable('dst_id')
  const before = await liveContents(db)
  const { violations } = await check()
  t.equal(violations.length, 8, 'the report lists all violations, not only the first')
  const [first] = violations
  for (const time of ['first install', 'second install']) {
    await t.rejects(
      installInto(url, { directory }),
      { name: 'BuildError', violation: { ...first, constraint: `${table}__message_repeated` } },
      time,
    )
    t.strictSame(await liveContents(db), before)
  }
})

t.test('Writers go on as before after a failed build', async (t) => {
  t.match(await append(db, [messageSent(idOf(20), ann, bob)]), [{ position: /^\d+$/ }])
})

t.test('The pre-flight report lists violations also of a declared release', async (t) => {
  const { violations } = await check()
  t.equal(violations.length, 9)
  t.ok(violations.every(({ constraint }) => constraint === `${table}__message_repeated`))
})

/** An install of a rewritten file that waits at the gate before it creates its table again. */
async function startedOver(t: Test) {
  const text = await exampleMessages(db, n, { unique: 'dst_id, content' })
  await releases.add({ [table]: passGateInFile + text })
  await closeGate(db)
  const client = await connect(t, url)
  const pid = await backendPid(client)
  const ended = install({ client, directory, say: () => undefined }).then(
    () => 'installed',
    () => 'cut off',
  )
  return { pid, ended, locks: await untilAtGate(db, pid) }
}

t.test('A table that starts over does not block the tables it refers to', async (t) => {
  const { pid, ended, locks } = await startedOver(t)
  const held = locks.filter(({ relation, granted }) => granted && relation === 'read.user_ids_0')
  t.strictSame(
    held.filter(({ mode }) => mode !== 'AccessShareLock'),
    [],
    'the declaration of the release only reads the referenced table',
  )
  await db.query('select pg_terminate_backend($1)', [pid])
  t.equal(await ended, 'cut off')
  await openGate(db)
})

t.test('A table whose new file was cut off starts over and is complete', async (t) => {
  t.ok(
    (await readStatus(db)).readTables.some(
      ({ name, state }) => name === table && state === 'building',
    ),
  )
  await db.query('call engine.regenerate_all()')
  // Even with the earlier file it must start over: the leftover table is not what the file creates.
  await writeTable('dst_id')
  await t.rejects(installInto(url, { directory }), { name: 'BuildError' })
  const { rowCount } = await db.query(
    `select from pg_constraint where conname = $1 and conrelid = to_regclass($2)`,
    [`${table}__recipient_unknown`, `read.${table}`],
  )
  t.equal(rowCount, 1)
})

t.test('An install succeeds once its rule fits the history', async (t) => {
  await writeTable('dst_id, content')
  t.strictSame(await check(), { violations: [], more: false })
  t.match((await installInto(url, { directory })).join('\n'), `${table} is live`)
  t.equal((await contentsOf(db, table)).length, 11)
  t.strictSame(await damagedTables(db, directory), [])
})

t.test('The rule of a live table rejects an append', async (t) => {
  const again = { ...messageSent(idOf(30), ann, bob) }
  const { rows } = await db.query('select content from log.message_sent_3 where id = $1', [
    idOf(20),
  ])
  const [event] = again.events
  if (event) event.data.content = rows[0].content
  t.match(await append(db, [again]), [{ constraint: `${table}__message_repeated` }])
})

t.test('The rewritten file of a table is frozen once the table is live', async (t) => {
  await writeTable('id, dst_id')
  await t.rejects(installInto(url, { directory }), {
    name: 'InstallError',
    message: new RegExp(`${table}.sql has changed`),
  })
  await writeTable('dst_id, content')
  await t.resolves(installInto(url, { directory }))
})
