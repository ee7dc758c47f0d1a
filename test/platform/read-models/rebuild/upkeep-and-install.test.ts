// What comes or goes while read tables are compared with shadows: those would not know the events of a new
// release, and what live triggers made of these would be taken for damage.
import type pg from 'pg'
import t from 'tap'
import { install } from '../../../../src/platform/read-models/install/install.ts'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { append } from '../../../support/append-requests.ts'
import { connect } from '../../../support/installed.ts'
import { processOf, untilItWaits } from '../../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { populated, users } from '../../../support/read-models/damaged.ts'

const say = (): void => undefined
const [damaged, renamed] = users as [string, string]

/** A release in which users take another name; every read table that has names gets a backport. */
async function renaming(t: Parameters<typeof copyReleases>[0]) {
  const releases = await copyReleases(t)
  const type = `user_renamed_${releases.next}`
  const backport = (table: string) => `
    create function ${table}_on(event log.${type}) returns void language plpgsql
    as $$ begin
      update ${table} set username = event.username where id = event.user_id;
    end $$;`
  await releases.add({
    [type]: `
      create table log.${type} (
        id uuid not null,
        user_id uuid not null,
        username text not null,
        recorded_at timestamptz not null,
        position bigint constraint ${type}_pkey primary key
      );
      call log.event_table('${type}', aggregate => 'user', stream => 'user_id');`,
    users_1: backport('users_1'),
    users_2: backport('users_2'),
  })
  return { directory: releases.directory, type }
}

async function rename(client: pg.Client, type: string, user: string): Promise<void> {
  const { rows } = await client.query(
    'select max(stream_version) + 1 as next from log.events where stream_id = $1',
    [user],
  )
  const data = { id: user, user_id: user, username: 'another' }
  const event = { stream_id: user, stream_version: rows[0].next, type, data }
  await append(client, [{ events: [event] }])
}

t.test('a release comes after the rebuild that is at work, and its events stay', async (t) => {
  const { url, db } = await populated(t)
  const { directory, type } = await renaming(t)
  const [holder, rebuilder, installer] = [
    await connect(t, url),
    await connect(t, url),
    await connect(t, url),
  ]
  await db.query(`update read.users_2 set email = 'x@x.org' where id = $1`, [damaged])

  await holder.query('begin; select log.take_append_lock()')
  const rebuilding = rebuild(rebuilder, dbDirectory, 'users_2', say)
  await untilItWaits(db, await processOf(rebuilder), 0)
  const installing = install({ client: installer, directory, say })
  await Promise.race([installing, untilItWaits(db, await processOf(installer), 2)])
  const declared = await db.query('select from log.event_types where type = $1', [type])
  if (declared.rowCount === 1) await rename(holder, type, renamed)
  await holder.query('commit')

  t.equal(await rebuilding, 1, 'one row was damaged, and one is mended')
  await installing
  if (declared.rowCount === 0) await rename(db, type, renamed)
  const { rows } = await db.query('select username from read.users_2 where id = $1', [renamed])
  t.strictSame(rows, [{ username: 'another' }])
  const verdicts = await verify(db, directory, ['users_1', 'users_2'], say)
  t.strictSame(
    verdicts.map(({ differences }) => differences),
    [0, 0],
  )
})

t.test('a table is retired after the rebuild that mends it', async (t) => {
  const { url, db } = await populated(t)
  const [holder, rebuilder, retirer] = [
    await connect(t, url),
    await connect(t, url),
    await connect(t, url),
  ]
  await db.query(`update read.users_1 set email = 'x@x.org' where id = $1`, [damaged])
  await holder.query('begin; select log.take_append_lock()')
  const rebuilding = rebuild(rebuilder, dbDirectory, 'users_1', say)
  await untilItWaits(db, await processOf(rebuilder), 0)
  const retiring = retire({
    client: retirer,
    directory: dbDirectory,
    tables: ['users_1'],
    say,
  })
  await untilItWaits(db, await processOf(retirer), 2)
  await holder.query('commit')
  t.equal(await rebuilding, 1)
  t.strictSame(await retiring, ['users_1'])
})
