// History that breaks a constraint which only a new read table has: the build stops and says where;
// what is live goes on; and once the constraint is gone, the next run finishes.
import t from 'tap'
import { BuildError } from '../../../src/platform/read-models/errors.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../support/installed.ts'
import { contentsOf, replayed } from '../../support/read-models/contents.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { newestOf } from '../../support/read-models/newest.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const n = releases.next
const table = `letters_${n}`

/** ExampleTable, of which nobody may get two of the same content: a rule that messages do not have. */
const ignored = (await otherTypes()).join(', ')
await releases.add({
  [table]: letters(
    `primary key (id), constraint ${table}__letter_repeated unique (dst_id, content)`,
  ),
})

function letters(constraints: string): string {
  return `
    create table ${table} (
      id uuid,
      dst_id uuid not null,
      content text not null,
      position bigint not null,
      ${constraints}
    );
    create function ${table}_on(events log.message_sent_3[]) returns void language plpgsql
    as $$ begin
      insert into ${table} select id, dst_id, content, position from unnest(events);
    end $$;
    create function ${table}_ignores(${ignored}) returns void
    language sql as '';`
}

async function otherTypes(): Promise<string[]> {
  const { rows } = await db.query<{ type: string }>(
    `select type from log.event_types where type <> 'message_sent_3' order by type`,
  )
  return rows.map(({ type }) => `log.${type}`)
}

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
  for (let id = 100; id < 400; id++) await send(id, bob, `Letter ${id}`)
  offending = await send(400, bob, 'Letter 250')
  for (let id = 401; id < 500; id++) await send(id, bob, `Letter ${id}`)
})

t.test('install fails and names position, event type and constraint', async (t) => {
  const failure = installInto(url, { directory: releases.directory })
  await t.rejects(failure, {
    name: 'BuildError',
    code: 'history_refused',
    message: new RegExp(
      `${table}.*letter_repeated refuses the message_sent_3 at position ${offending}`,
    ),
    violation: {
      table,
      position: offending,
      eventType: 'message_sent_3',
      constraint: `${table}__letter_repeated`,
      detail: /Letter 250/,
    },
  })
  await t.rejects(failure, BuildError)
})

t.test('the new table is not live, and the others are', async (t) => {
  const { rows } = await db.query(`select name, state from read.tables`)
  t.ok(rows.length > 4)
  t.strictSame(
    rows.filter(({ state }) => state !== 'live'),
    [{ name: table, state: 'building' }],
  )
})

t.test('writers go on, and are not held to the constraint', async (t) => {
  await send(500, ann, 'Letter')
  await send(501, bob, 'Letter 251')
  t.equal((await contentsOf(db, newestOf('messages'))).length, 402)
  t.strictSame(
    await replayed(db, newestOf('messages'), 100),
    await contentsOf(db, newestOf('messages')),
  )
})

t.test('a second run fails as the first', async (t) => {
  await t.rejects(installInto(url, { directory: releases.directory }), {
    message: new RegExp(`position ${offending}:`),
  })
})

t.test('written anew without the constraint, the table is built from the start', async (t) => {
  await releases.add({ [table]: letters('primary key (id)') })
  t.strictSame(await installInto(url, { directory: releases.directory }), [
    `db/releases/${n}-added/${table}.sql was rewritten after ${table} could not be built; its build starts over`,
    `${table} is live`,
    `the database has release ${n}`,
  ])
  t.equal((await contentsOf(db, table)).length, 402)
})

t.test('once it is live, its file is frozen', async (t) => {
  await releases.add({ [table]: `${letters('primary key (id)')} -- and more` })
  await t.rejects(installInto(url, { directory: releases.directory }), {
    name: 'InstallError',
    message: new RegExp(`${table}.sql has changed, but release ${n} is installed`),
  })
})

t.test('from then on it is kept by its trigger', async (t) => {
  await send(502, ann, 'And another')
  t.match((await contentsOf(db, table)).at(-1), { content: 'And another' })
  t.strictSame(await replayed(db, table, 7), await contentsOf(db, table))
})
