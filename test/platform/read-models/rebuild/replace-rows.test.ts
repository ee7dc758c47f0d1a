// Replacement in chunks: more damage than a chunk has rows, which hold each other's unique values across
// all of it. Every row is as it was or right at any moment; and nobody waits for more than a chunk.
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
import { damages as differing } from '../../../support/read-models/agreement.ts'
import { processOf } from '../../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { type ExampleTable, letters } from '../../../support/read-models/example-release.ts'
import { until } from '../../../support/until.ts'

const silent = (): void => undefined
const [ann, bob] = [idOf(1), idOf(2)]

async function given(t: Test, users = 2): Promise<{ url: string; db: pg.Client }> {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  await append(
    db,
    Array.from({ length: users }, (_, n) => userRegistered(idOf(n + 1))),
  )
  return { url, db }
}

/** What a mishap does, past triggers and foreign keys. */
async function damaged(db: pg.Client, sql: string): Promise<void> {
  await db.query(`begin; set local session_replication_role = replica; ${sql}; commit`)
}

/** The first rows by id get each what the row so many further on had, in these columns. */
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

/** The transactions in which rows were written, as the rows tell: how many, of the first so many. */
async function transactionsOf(db: pg.Client, table: string, rows: number): Promise<number> {
  const { rows: found } = await db.query(
    `select count(distinct xmin::text)::int as n
     from (select xmin from read.${table} order by id limit ${rows}) r`,
  )
  return found[0].n
}

/** Rows that were not written in the transaction of the row so many further on. */
async function parted(db: pg.Client, table: string, rows: number, by: number): Promise<number> {
  const { rows: found } = await db.query(
    `with r as (select xmin, row_number() over (order by id) as n from read.${table} order by id limit $1)
     select count(*)::int as n from r a join r b on b.n = a.n + $2 and b.xmin <> a.xmin`,
    [rows, by],
  )
  return found[0].n
}

/** Looks on until it is over; answers how many rows it saw that were neither as they were nor right. */
async function lookOn(t: Test, url: string, isOver: () => boolean): Promise<number> {
  const reader = await connect(t, url)
  for (;;) {
    const { rows } = await reader.query(
      `select count(*)::int as n
       from (select id from was union select id from rightful) k
       left join read.users_2 r using (id) left join was w using (id) left join rightful s using (id)
       where row(r.*) is distinct from row(w.*) and row(r.*) is distinct from row(s.*)`,
    )
    if (rows[0].n > 0 || isOver()) return rows[0].n
  }
}

t.test('much damage: each row is as it was or right at any moment', async (t) => {
  const { url, db } = await given(t, 1200)
  await db.query('create table rightful as table read.users_2')
  // Exchanged addresses, far from each other; and strangers who hold those of people who are gone.
  await damaged(
    db,
    `${shift('users_2', 1000, 500, ['email'], otherColumns)}
     update read.users_2 set id = overlay(id::text placing 'f' from 1)::uuid
     where id in (select id from read.users_2 order by id offset 1100)`,
  )
  await db.query('create table was as table read.users_2')
  let over = false
  const looking = [1, 2].map(() => lookOn(t, url, () => over))
  const writing = [1, 2].map(async (writer) => {
    const client = await connect(t, url)
    for (let n = 0; !over; n += 1) await append(client, [userRegistered(idOf(writer * 1e6 + n))])
  })
  const client = await connect(t, url)
  const replaced = await rebuild(client, dbDirectory, 'users_2', silent).finally(() => {
    over = true
  })
  await Promise.all(writing)
  t.equal(replaced, 1200)
  t.strictSame(await Promise.all(looking), [0, 0])
  t.ok((await transactionsOf(db, 'users_2', 1200)) >= 4, 'in several transactions')
  t.equal(await parted(db, 'users_2', 1000, 500), 0, 'but those who exchanged together')
  t.strictSame(await differing(db), [])
})

t.test('a chain of values that is longer than a chunk is replaced at once', async (t) => {
  const { db } = await given(t, 1200)
  await damaged(
    db,
    `${shift('users_2', 600, 1, ['email'], otherColumns)}
     update read.users_2 set registered_at = 'epoch'`,
  )
  t.equal(await rebuild(db, dbDirectory, 'users_2', silent), 1200)
  t.equal(await transactionsOf(db, 'users_2', 600), 1)
  t.ok((await transactionsOf(db, 'users_2', 1200)) >= 3, 'and the others apart')
  t.strictSame(await differing(db), [])
})

/** A database with a read table of that kind and 600 letters, and its directory of releases. */
async function givenLetters(t: Test, options: ExampleTable, index = '') {
  const { url, db } = await given(t)
  const releases = await copyReleases(t)
  const table = `letters_${releases.next}`
  const text = await letters(db, releases.next, options)
  await releases.add({ [table]: text + index.replace('letters', table) })
  await installInto(url, { directory: releases.directory })
  await append(
    db,
    Array.from({ length: 600 }, (_, n) => messageSent(idOf(10_000 + n), ann, n % 2 ? ann : bob)),
  )
  return { url, db, table, directory: releases.directory }
}

const kinds: [title: string, options: ExampleTable, index: string, divisible: boolean][] = [
  [
    'a key of two columns, a generated one, nulls that are equal, an index of some rows only',
    {
      key: 'dst_id, id',
      more: `word text generated always as (upper(content)) stored, spare text,
        unique nulls not distinct (word, spare)`,
    },
    'create unique index on letters ((position / 2)) where position % 2 = 0',
    true,
  ],
  ['rows that exclude each other', { more: 'exclude (content with =)' }, '', false],
  [
    'rows that refer to each other',
    { more: 'self uuid generated always as (id) stored references letters' },
    '',
    false,
  ],
]

for (const [title, options, index, divisible] of kinds) {
  t.test(`replaced ${divisible ? 'in parts' : 'at once'}: ${title}`, async (t) => {
    const n = (await readReleases(dbDirectory)).length
    const more = options.more?.replace('references letters', `references letters_${n}`) ?? ''
    const { db, table, directory } = await givenLetters(t, { ...options, more }, index)
    await damaged(db, shift(table, 600, 300, ['content', 'position'], 'id, dst_id'))
    t.equal(await rebuild(db, directory, table, silent), 600)
    t.equal((await transactionsOf(db, table, 600)) > 1, divisible)
    t.equal(await parted(db, table, 600, 300), 0)
    t.strictSame(await differing(db, directory, [table]), [])
  })
}

t.test('what came meanwhile is replayed before the append lock is taken', async (t) => {
  const gate = 'perform pg_advisory_xact_lock_shared(1, 1);'
  const { url, db, table, directory } = await givenLetters(t, { first: gate })
  const client = await connect(t, url)
  const [pid, files] = [await processOf(client), projectionFiles(await readReleases(directory))]
  await damaged(db, `delete from read.${table} where id = '${idOf(10_007)}'`)
  await withShadow(client, silent, async () => {
    const shadows = await createShadows(client, [table], files)
    await client.query(
      `create table shadow.differing as select id, 'missing' as kind, 1 as n
       from log.message_sent_3 where id = '${idOf(10_007)}'`,
    )
    await db.query('select pg_advisory_lock(1, 1)')
    const replacement = replaceRows(client, table, shadows, '0')
    const appendLock = await until('it waits in the middle of the replay', async () => {
      const { rows } = await db.query<{ waits: boolean; held: boolean }>(
        `select bool_or(classid = 1 and not granted) as waits,
           bool_or(classid = 17744 and objid = 0) as held
         from pg_locks where pid = $1 and locktype = 'advisory'`,
        [pid],
      )
      return rows[0]?.waits && rows
    })
    t.strictSame(appendLock, [{ waits: true, held: false }])
    await db.query('select pg_advisory_unlock(1, 1)')
    t.match(await replacement, { replaced: 1 })
  })
  t.strictSame(await differing(db, directory, [table]), [])
})

t.test('who holds a row that is to be replaced holds up no writer', async (t) => {
  const { url, db } = await given(t)
  const [client, stranger] = [await connect(t, url), await connect(t, url)]
  await damaged(db, `update read.users_2 set registered_at = 'epoch' where id = '${bob}'`)
  await stranger.query('begin')
  await stranger.query('select from read.users_2 where id = $1 for update', [bob])
  const pid = await processOf(client)
  const rebuilding = rebuild(client, dbDirectory, 'users_2', silent)
  await until('it waits for him', async () => {
    const { rowCount } = await db.query(
      `select from pg_locks where pid = $1 and not granted and locktype = 'transactionid'`,
      [pid],
    )
    return rowCount ?? 0
  })
  await db.query(`set lock_timeout = '2s'`)
  t.match(await append(db, [userRegistered(idOf(9000))]), [{ position: /\d/ }])
  await stranger.query('rollback')
  t.equal(await rebuilding, 1)
  t.strictSame(await differing(db), [])
})
