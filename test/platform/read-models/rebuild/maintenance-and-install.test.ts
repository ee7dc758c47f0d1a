// Installs and retirements while read tables are compared with shadows: they must wait. A shadow lacks the
// events of a newer release, so a rebuild would take rows that live triggers made of them for damage.
import type pg from 'pg'
import t from 'tap'
import { install } from '../../../../src/platform/read-models/install/install.ts'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { append } from '../../../support/append-requests.ts'
import type { Finishing } from '../../../support/database.ts'
import { connect } from '../../../support/installed.ts'
import { backendPid, untilLockWait } from '../../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { nextVersion } from '../../../support/read-models/next-version.ts'
import { populatedDatabase, users } from '../../../support/read-models/rebuild/damage.ts'

const say = (): void => undefined
const [damaged, renamed] = users as [string, string]

/** A release with a new event that renames a user; each read table with usernames gets a backport. */
async function releaseWithRenaming(t: Finishing) {
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
  const data = { id: user, user_id: user, username: 'another' }
  const stream_version = await nextVersion(client, user)
  const event = { stream_id: user, stream_version, type, data }
  await append(client, [{ events: [event] }])
}

/** A rebuild that waits for the append lock until its holder commits. */
async function blockedRebuild(t: Finishing, url: string, table: string) {
  const [holder, rebuilder] = [await connect(t, url), await connect(t, url)]
  await holder.query('begin; select log.take_append_lock()')
  const rebuilding = rebuild(rebuilder, dbDirectory, table, say)
  await untilLockWait(holder, await backendPid(rebuilder), 0)
  return { holder, rebuilding }
}

t.test('An install waits for a running rebuild, and its events stay', async (t) => {
  const { url, db } = await populatedDatabase(t)
  const { directory, type } = await releaseWithRenaming(t)
  await db.query(`update read.users_2 set email = 'x@x.org' where id = $1`, [damaged])

  const installer = await connect(t, url)
  const { holder, rebuilding } = await blockedRebuild(t, url, 'users_2')
  const installing = install({ client: installer, directory, say })
  await Promise.race([installing, untilLockWait(db, await backendPid(installer), 2)])
  const declared = await db.query('select from log.event_types where type = $1', [type])
  if (declared.rowCount === 1) await rename(holder, type, renamed)
  await holder.query('commit')

  t.equal(await rebuilding, 1, 'one row was damaged, and one row is replaced')
  await installing
  if (declared.rowCount === 0) await rename(db, type, renamed)
  const { rows } = await db.query('select username from read.users_2 where id = $1', [renamed])
  t.strictSame(rows, [{ username: 'another' }])
  const results = await verify(db, directory, ['users_1', 'users_2'], say)
  t.strictSame(
    results.map(({ differences }) => differences),
    [0, 0],
  )
})

t.test('A retirement waits for a running rebuild of the table', async (t) => {
  const { url, db } = await populatedDatabase(t)
  await db.query(`update read.users_1 set email = 'x@x.org' where id = $1`, [damaged])
  const retirer = await connect(t, url)
  const { holder, rebuilding } = await blockedRebuild(t, url, 'users_1')
  const retiring = retire({
    client: retirer,
    directory: dbDirectory,
    tables: ['users_1'],
    say,
  })
  await untilLockWait(db, await backendPid(retirer), 2)
  await holder.query('commit')
  t.equal(await rebuilding, 1)
  t.strictSame(await retiring, ['users_1'])
})
