// Replacement in chunks: more damaged rows than a chunk has, and they hold each other's unique values. At
// any moment each row is either as damaged or correct, and no writer waits for more than a chunk.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { replaceRows } from '../../../../src/platform/read-models/rebuild/replace-rows.ts'
import {
  dbDirectory,
  projectionFiles,
  readReleases,
} from '../../../../src/platform/read-models/releases/releases.ts'
import { createShadows, withShadow } from '../../../../src/platform/read-models/replay/shadow.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { backendPid } from '../../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import {
  type ExampleOptions,
  exampleMessages,
} from '../../../support/read-models/example-releases/example-messages.ts'
import { closeGate, openGate, passGate, untilAtGate } from '../../../support/read-models/gate.ts'
import { damage } from '../../../support/read-models/rebuild/damage.ts'
import { until } from '../../../support/until.ts'

const silent = (): void => undefined
const [ann, bob] = [idOf(1), idOf(2)]

/** A database with so many users. */
async function databaseWithUsers(t: Test, users = 2): Promise<{ url: string; db: pg.Client }> {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  await append(
    db,
    Array.from({ length: users }, (_, n) => userRegistered(idOf(n + 1))),
  )
  return { url, db }
}

/** SQL: each of the first rows by id gets, in these columns, the values of the row `by` further on. */
function shift(table: string, rows: number, by: number, columns: readonly string[], kept: string) {
  const had = columns.map((column) => `b.${column}`).join(', ')
  return `create temp table had as
      select *, row_number() over (order by id) - 1 as n from read.${table} order by id limit ${rows};
    delete from read.${table} where id in (select id from had);
    insert into read.${table} (${columns.join(', ')}, ${kept})
    select ${had}, ${kept.replaceAll(/\w+/g, 'a.$&')} from had a join had b on b.n = (a.n + ${by}) % ${rows};
    drop table had;`
}

const otherColumns = 'id, password_hash, username, registered_at, position'

/** In how many transactions the first so many rows were written, by their xmin. */
async function transactionsOf(db: pg.Client, table: string, rows: number): Promise<number> {
  const { rows: found } = await db.query(
    `select count(distinct xmin::text)::int as n
     from (select xmin from read.${table} order by id limit ${rows}) r`,
  )
  return found[0].n
}

/** How many rows were written in another transaction than the row `by` further on. */
async function separated(db: pg.Client, table: string, rows: number, by: number): Promise<number> {
  const { rows: found } = await db.query(
    `with r as (select xmin, row_number() over (order by id) as n from read.${table} order by id limit $1)
     select count(*)::int as n from r a join r b on b.n = a.n + $2 and b.xmin <> a.xmin`,
    [rows, by],
  )
  return found[0].n
}

/** Watches users_2 until it is over; returns how many rows were neither damaged nor correct. */
async function watchRows(t: Test, url: string, isOver: () => boolean): Promise<number> {
  const reader = await connect(t, url)
  for (;;) {
    const { rows } = await reader.query(
      `select count(*)::int as n
       from (select id from damaged union select id from correct) k
       left join read.users_2 r using (id) left join damaged d using (id) left join correct c using (id)
       where row(r.*) is distinct from row(d.*) and row(r.*) is distinct from row(c.*)`,
    )
    if (rows[0].n > 0 || isOver()) return rows[0].n
    await pause(3)
  }
}

t.test('Rebuild of much damage shows each row either damaged or correct', async (t) => {
  const { url, db } = await databaseWithUsers(t, 1200)
  await db.query('create table correct as table read.users_2')
  // Exchanged addresses, far from each other; and unknown users with the addresses of missing users.
  await damage(
    db,
    `${shift('users_2', 1000, 500, ['email'], otherColumns)}
     update read.users_2 set id = overlay(id::text placing 'f' from 1)::uuid
     where id in (select id from read.users_2 order by id offset 1100)`,
  )
  await db.query('create table damaged as table read.users_2')
  let over = false
  const watching = [1, 2].map(() => watchRows(t, url, () => over))
  const writing = [1, 2].map(async (writer) => {
    const client = await connect(t, url)
    for (let n = 0; !over; n += 1) {
      await append(client, [userRegistered(idOf(writer * 1e6 + n))])
      await pause(4)
    }
  })
  const client = await connect(t, url)
  const replaced = await rebuild(client, dbDirectory, 'users_2', silent).finally(() => {
    over = true
  })
  await Promise.all(writing)
  t.equal(replaced, 1200)
  t.strictSame(await Promise.all(watching), [0, 0])
  t.ok(
    (await transactionsOf(db, 'users_2', 1200)) >= 4,
    'the rows are replaced in several transactions',
  )
  t.equal(
    await separated(db, 'users_2', 1000, 500),
    0,
    'rows that exchanged values are replaced together',
  )
  t.strictSame(await damagedTables(db), [])
})

t.test('Rebuild replaces a long chain of unique values in one transaction', async (t) => {
  const { db } = await databaseWithUsers(t, 1200)
  await damage(
    db,
    `${shift('users_2', 600, 1, ['email'], otherColumns)}
     update read.users_2 set registered_at = 'epoch'`,
  )
  t.equal(await rebuild(db, dbDirectory, 'users_2', silent), 1200)
  t.equal(await transactionsOf(db, 'users_2', 600), 1)
  t.ok(
    (await transactionsOf(db, 'users_2', 1200)) >= 3,
    'the other rows are replaced in other transactions',
  )
  t.strictSame(await damagedTables(db), [])
})

/** A database with an example table and 600 messages, and its directory of releases. */
async function databaseWithMessages(t: Test, options: ExampleOptions, index = '') {
  const { url, db } = await databaseWithUsers(t)
  const releases = await copyReleases(t)
  const table = `example_messages_${releases.next}`
  const more = options.more?.replace('<table>', table) ?? ''
  const text = await exampleMessages(db, releases.next, { ...options, more })
  await releases.add({ [table]: text + index.replace('<table>', table) })
  await installInto(url, { directory: releases.directory })
  await append(
    db,
    Array.from({ length: 600 }, (_, n) => messageSent(idOf(10_000 + n), ann, n % 2 ? ann : bob)),
  )
  return { url, db, table, directory: releases.directory }
}

const kinds: [title: string, options: ExampleOptions, index: string, divisible: boolean][] = [
  [
    'a key of two columns, a generated column, equal nulls, a partial index',
    {
      key: 'dst_id, id',
      more: `word text generated always as (upper(content)) stored, spare text,
        unique nulls not distinct (word, spare)`,
    },
    'create unique index on <table> ((position / 2)) where position % 2 = 0',
    true,
  ],
  ['rows that exclude each other', { more: 'exclude (content with =)' }, '', false],
  [
    'rows that refer to each other',
    { more: 'self uuid generated always as (id) stored references <table>' },
    '',
    false,
  ],
]

for (const [title, options, index, divisible] of kinds) {
  t.test(`Rebuild replaces in ${divisible ? 'parts' : 'one transaction'}: ${title}`, async (t) => {
    const { db, table, directory } = await databaseWithMessages(t, options, index)
    await damage(db, shift(table, 600, 300, ['content', 'position'], 'id, dst_id'))
    t.equal(await rebuild(db, directory, table, silent), 600)
    t.equal((await transactionsOf(db, table, 600)) > 1, divisible)
    t.equal(await separated(db, table, 600, 300), 0)
    t.strictSame(await damagedTables(db, directory, [table]), [])
  })
}

t.test('Rebuild replays new events before it acquires the append lock', async (t) => {
  const { url, db, table, directory } = await databaseWithMessages(t, { first: passGate })
  const client = await connect(t, url)
  const [pid, files] = [await backendPid(client), projectionFiles(await readReleases(directory))]
  await damage(db, `delete from read.${table} where id = '${idOf(10_007)}'`)
  await withShadow(client, silent, async () => {
    const shadows = await createShadows(client, [table], files)
    await client.query(
      `create table shadow.differing as select id, 'missing' as kind, 1 as n
       from log.message_sent_3 where id = '${idOf(10_007)}'`,
    )
    await closeGate(db)
    const replacement = replaceRows(client, table, { tables: shadows, position: '0' })
    const locks = await untilAtGate(db, pid)
    t.notOk(
      locks.some(({ key }) => key === '17744 0'),
      'the append lock is free during the replay',
    )
    await openGate(db)
    t.match(await replacement, { replaced: 1 })
  })
  t.strictSame(await damagedTables(db, directory, [table]), [])
})

t.test('Rebuild delays no writer while a session holds a row to be replaced', async (t) => {
  const { url, db } = await databaseWithUsers(t)
  const [client, other] = [await connect(t, url), await connect(t, url)]
  await damage(db, `update read.users_2 set registered_at = 'epoch' where id = '${bob}'`)
  await other.query('begin')
  await other.query('select from read.users_2 where id = $1 for update', [bob])
  const pid = await backendPid(client)
  const rebuilding = rebuild(client, dbDirectory, 'users_2', silent)
  await until('the rebuild waits for the row', async () => {
    const { rowCount } = await db.query(
      `select from pg_locks where pid = $1 and not granted and locktype = 'transactionid'`,
      [pid],
    )
    return rowCount ?? 0
  })
  await db.query(`set lock_timeout = '2s'`)
  t.match(await append(db, [userRegistered(idOf(9000))]), [{ position: /\d/ }])
  await other.query('rollback')
  t.equal(await rebuilding, 1)
  t.strictSame(await damagedTables(db), [])
})
