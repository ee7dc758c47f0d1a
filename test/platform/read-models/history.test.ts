// History that violates a constraint which only a new read table has: the build stops and reports where,
// the live tables go on, and once the constraint is removed, the next install completes.
import t from 'tap'
import { BuildError } from '../../../src/platform/read-models/errors.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../support/installed.ts'
import { contentsOf, replayed } from '../../support/read-models/contents.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { exampleMessages } from '../../support/read-models/example-releases/example-messages.ts'
import { newestOf } from '../../support/read-models/newest.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const n = releases.next
const table = `example_messages_${n}`

await releases.add({ [table]: await exampleMessages(db, n, { unique: 'dst_id, content' }) })

/** Sends a message from ann; returns its position. */
async function send(id: number, to: string, content: string): Promise<string> {
  const { rows } = await db.query<{ position: string }>(
    'insert into log.message_sent_3 values ($1, $2, $3, $4) returning position',
    [idOf(id), ann, to, content],
  )
  return rows[0]?.position ?? ''
}

const [ann, bob] = [idOf(1), idOf(2)]
let offending = ''

t.before(async () => {
  for (const [id, name] of [
    [ann, 'ann'],
    [bob, 'bob'],
  ]) {
    await db.query(`insert into log.user_registered_1 values ($1, $2, 'x', $3)`, [
      id,
      `${name}@example.com`,
      name,
    ])
  }
  for (let id = 100; id < 400; id++) await send(id, bob, `Message ${id}`)
  offending = await send(400, bob, 'Message 250')
  for (let id = 401; id < 500; id++) await send(id, bob, `Message ${id}`)
})

t.test('An install whose build fails names position, event type and constraint', async (t) => {
  const failure = installInto(url, { directory: releases.directory })
  await t.rejects(failure, {
    name: 'BuildError',
    code: 'history_refused',
    message: new RegExp(
      `${table}.*message_repeated refuses the message_sent_3 at position ${offending}`,
    ),
    violation: {
      table,
      position: offending,
      eventType: 'message_sent_3',
      constraint: `${table}__message_repeated`,
      detail: /Message 250/,
    },
  })
  await t.rejects(failure, BuildError)
})

t.test('A failed build leaves its table building and all others live', async (t) => {
  const { rows } = await db.query(`select name, state from read.tables`)
  t.ok(rows.length > 4)
  t.strictSame(
    rows.filter(({ state }) => state !== 'live'),
    [{ name: table, state: 'building' }],
  )
})

t.test('Writers are not subject to the constraint of a table whose build failed', async (t) => {
  await send(500, ann, 'Message')
  await send(501, bob, 'Message 251')
  t.equal((await contentsOf(db, newestOf('messages'))).length, 402)
  t.strictSame(
    await replayed(db, newestOf('messages'), 100),
    await contentsOf(db, newestOf('messages')),
  )
})

t.test('A second install fails at the same position', async (t) => {
  await t.rejects(installInto(url, { directory: releases.directory }), {
    message: new RegExp(`position ${offending}:`),
  })
})

t.test('A table rewritten without the constraint is built from the start', async (t) => {
  await releases.add({ [table]: await exampleMessages(db, n, {}) })
  t.strictSame(await installInto(url, { directory: releases.directory }), [
    `db/releases/${n}-added/${table}.sql was rewritten after ${table} could not be built; its build starts over`,
    `${table} is live`,
    `the database has release ${n}`,
  ])
  t.equal((await contentsOf(db, table)).length, 402)
})

t.test('The file of a table is frozen once the table is live', async (t) => {
  await releases.append(`${n}-added/${table}.sql`, ' -- and more')
  await t.rejects(installInto(url, { directory: releases.directory }), {
    name: 'InstallError',
    message: new RegExp(`${table}.sql has changed, but release ${n} is installed`),
  })
})

t.test('A rewritten table is kept up to date by appends', async (t) => {
  await send(502, ann, 'And another')
  t.match((await contentsOf(db, table)).at(-1), { content: 'And another' })
  t.strictSame(await replayed(db, table, 7), await contentsOf(db, table))
})
