// A release that is added to db/ at run time, with a new version of an event and a new read table: the
// engine installs it on a database with history, without a line of TypeScript.
import t from 'tap'
import { freshDatabase } from '../../../support/database.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { contentsOf, liveTables, replayed } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'
import { displayNames } from '../../../support/read-models/example-releases/display-names.ts'
import { projectionLines } from '../../../support/read-models/projections.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

const [ann, bob, cid] = [1, 2, 3].map(idOf)
const url = await stepwiseDatabase(t)
const db = await connect(t, url)
await db.query('set search_path = log, read')

const releases = await copyReleases(t)
const n = releases.next
const others = await eventTypes(db, /^(user_registered_\d+|password_changed_2)$/)
await releases.add(displayNames(n, others))
// A read table that projects users in two shapes, at different distances from the newest.
await releases.add({
  [`people_${n}`]: `
    create table people_${n} (id uuid primary key, shape text);
    create function people_${n}_on(event log.user_registered_0) returns void language plpgsql
    as $$ begin insert into people_${n} values (event.id, 'of release 0'); end $$;
    create function people_${n}_on(event log.user_registered_1) returns void language plpgsql
    as $$ begin insert into people_${n} values (event.id, 'of release 1'); end $$;
    ${ignores(`people_${n}`, ['password_changed_2', ...others])}`,
})

t.test('A new read table contains the history from before its release', async (t) => {
  await db.query(`insert into user_registered_0 values ($1, 'ann@example.com', 'a')`, [ann])
  await db.query(`insert into user_registered_1 values ($1, 'b@example.com', 'b', 'bob')`, [bob])
  await db.query(`insert into password_changed_2 values ($1, $2, 'a changed')`, [idOf(9), ann])
  const said = await installInto(url, { directory: releases.directory })
  t.strictSame(said, [
    `release ${n} (added) is declared`,
    `people_${n} is live`,
    `users_${n} is live`,
    `the database has release ${n}`,
  ])
  t.match(await contentsOf(db, `users_${n}`), [
    { id: ann, display_name: 'ann', password_hash: 'a changed' },
    { id: bob, display_name: 'bob', password_hash: 'b' },
  ])
})

t.test('A new release reaches each table that it must, by the shortest casts', async (t) => {
  const added = (await projectionLines(db)).filter((line) => line.includes(`_${n}`)).sort()
  const people = added.filter((line) => line.includes('people'))
  t.strictSame(
    people,
    [
      `user_registered_0: people_${n} people_${n}_on(event)`,
      `user_registered_1: people_${n} people_${n}_on(event)`,
      `user_registered_${n}: people_${n} people_${n}_on(log.user_registered_1(event))`,
    ].sort(),
  )
  t.strictSame(
    added.filter((line) => /: user(s|_ids)_/.test(line)),
    [
      `password_changed_2: users_${n} users_${n}_on(event)`,
      `user_registered_0: users_${n} users_${n}_on(log.user_registered_${n}(log.user_registered_1(event)))`,
      `user_registered_1: users_${n} users_${n}_on(log.user_registered_${n}(event))`,
      `user_registered_${n}: user_ids_0 user_ids_0_on(log.user_registered_0(log.user_registered_1(event)))`,
      `user_registered_${n}: users_0 users_0_on(log.user_registered_0(log.user_registered_1(event)))`,
      `user_registered_${n}: users_1 users_1_on(log.user_registered_1(event))`,
      `user_registered_${n}: users_2 users_2_on(log.user_registered_1(event))`,
      `user_registered_${n}: users_${n} users_${n}_on(event)`,
    ].sort(),
  )
})

t.test('A new version of an event reaches the read tables of every release', async (t) => {
  await db.query(
    `insert into user_registered_${n} values ($1, 'cid@example.com', 'c', 'cid', 'El Cid')`,
    [cid],
  )
  for (const table of ['users_0', 'users_1', 'users_2', `users_${n}`]) {
    t.match((await contentsOf(db, table)).at(-1), { id: cid, password_hash: 'c' }, table)
  }
})

t.test('Events of earlier releases reach a new read table', async (t) => {
  await db.query(`insert into user_registered_0 values ($1, 'dan@example.com', 'd')`, [idOf(4)])
  await db.query(`insert into password_changed_2 values ($1, $2, 'c changed')`, [idOf(10), cid])
  t.match((await contentsOf(db, `users_${n}`)).slice(2), [
    { id: cid, display_name: 'El Cid', password_hash: 'c changed' },
    { id: idOf(4), display_name: 'dan', password_hash: 'd' },
  ])
})

t.test('The read table of a new release equals its replay', async (t) => {
  t.strictSame(await replayed(db, `users_${n}`, 2), await contentsOf(db, `users_${n}`))
})

t.test('A stream view shows each release the event versions of that release', async (t) => {
  const streams = async (view: string): Promise<unknown[]> => {
    const { rows } = await db.query(
      `select type, standing, data ->> 'display_name' as name from ${view}
       where stream_id = any ($1) order by position`,
      [[ann, cid]],
    )
    return rows
  }
  t.match(await streams(`user_stream_${n}`), [
    { type: `user_registered_${n}`, standing: 'known', name: 'ann' },
    { type: 'password_changed_2', standing: 'known' },
    { type: `user_registered_${n}`, standing: 'known', name: 'El Cid' },
    { type: 'password_changed_2', standing: 'known' },
  ])
  t.match(await streams('user_stream_1'), [
    { type: 'user_registered_1', standing: 'known' },
    { type: 'password_changed_2', standing: 'unknown' },
    { type: 'user_registered_1', standing: 'known' },
    { type: 'password_changed_2', standing: 'unknown' },
  ])
})

t.test('A fresh database has the new read table in place of the older ones', async (t) => {
  const fresh = await freshDatabase(t)
  await installInto(fresh, { directory: releases.directory })
  const tables = await liveTables(await connect(t, fresh))
  t.strictSame(
    tables.filter((table) => table.startsWith('users_')),
    [`users_${n}`],
  )
})

t.test('A backport on a fresh database is frozen like any other file', async (t) => {
  const fresh = await freshDatabase(t)
  const backported = await copyReleases(t)
  const { directory } = backported
  await backported.add({
    [`seen_${n}`]: `
      create table log.seen_${n} (id uuid not null, recorded_at timestamptz not null,
        position bigint constraint seen_${n}_pkey primary key);
      call log.event_table('seen_${n}', aggregate => 'sight', stream => 'id');`,
    users_2: `create function users_2_on(event log.seen_${n}) returns void language plpgsql
      as $$ begin end $$;`,
  })
  await installInto(fresh, { directory })
  await t.resolves(installInto(fresh, { directory }), 'a second install succeeds')
  await backported.append(`${n}-added/users_2.sql`, '-- changed')
  await t.rejects(installInto(fresh, { directory }), { message: /users_2.sql has changed/ })
})
