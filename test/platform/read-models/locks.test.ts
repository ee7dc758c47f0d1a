// The locks of an operator's commands. A lock that a reader or writer waits for is taken, used and released
// within one round trip, and only these statements come between.
import t, { type Test } from 'tap'
import { checkInstall, install } from '../../../src/platform/read-models/install/install.ts'
import { rebuild } from '../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../src/platform/read-models/rebuild/verify.ts'
import { demote } from '../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../src/platform/read-models/retire/retire.ts'
import { connect } from '../../support/installed.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../support/read-models/event-types.ts'
import { displayNames } from '../../support/read-models/example-releases/display-names.ts'
import { exampleMessages } from '../../support/read-models/example-releases/example-messages.ts'
import { putEarlierTriggers } from '../../support/read-models/install/earlier-triggers.ts'
import { LockTrail } from '../../support/read-models/lock-trail.ts'
import { damage, populatedDatabase, users } from '../../support/read-models/rebuild/damage.ts'

const { url, db } = await populatedDatabase(t)
const releases = await copyReleases(t)
const { directory, next: n } = releases
await releases.add({
  ...displayNames(n, await eventTypes(db, /^(user_registered_\d+|password_changed_2)$/)),
  [`example_messages_${n}`]:
    (await exampleMessages(db, n, {})) + ignores(`example_messages_${n}`, [`user_registered_${n}`]),
})
const say = () => undefined
const underAppendLock = 'append lock: select log.take_append_lock, set local'

/** The trail of one command on a connection of its own. */
async function trailOf(command: (client: typeof db) => Promise<unknown>): Promise<LockTrail> {
  const client = await connect(t, url)
  const trail = await LockTrail.of(client, db)
  await command(client)
  return trail
}

/** Each lock that others wait for, with the statements that may come until its release. */
function allowed(t: Test, trail: LockTrail, trails: readonly string[]): void {
  t.strictSame(trail.acrossTrips, [], 'no lock waits for a round trip')
  t.strictSame(trail.trails, [...trails].sort())
}

t.test('A pre-flight and a verification take no lock that others wait for', async (t) => {
  const { directory: installed } = await copyReleases(t)
  const trail = await trailOf(async (client) => {
    await checkInstall({ client, directory, say })
    await verify(client, installed, [], say)
  })
  allowed(t, trail, [])
})

t.test('An install adds keys and replaces views last, and cuts over by one call', async (t) => {
  const trail = await trailOf((client) => install({ client, directory, say }))
  allowed(t, trail, [
    'AccessExclusiveLock on view of a stream: create or replace view, commit',
    'ShareRowExclusiveLock on event table: call engine.attach_task_trigger, commit',
    'ShareRowExclusiveLock on event table: call engine.attach, commit',
    'ShareRowExclusiveLock on read.user_ids_0: alter table … add constraint, create or replace view, commit',
    `${underAppendLock}, alter table … add constraint, create or replace view, commit`,
    'append lock: select engine.cut_over, commit',
  ])
})

t.test('A new machinery replaces only the views that change', async (t) => {
  await releases.append('machinery/03-engine/3-projections.sql', '-- changed')
  await db.query('create or replace view log.user_stream_1 as select * from log.user_stream_2')
  const trail = await trailOf((client) => install({ client, directory, say }))
  allowed(t, trail, ['AccessExclusiveLock on view of a stream: create or replace view, commit'])
  t.equal(trail.count(/^create or replace view/), 1)
})

t.test('An install renews the triggers of one table of the log at a time', async (t) => {
  await putEarlierTriggers(db)
  const trail = await trailOf((client) => install({ client, directory, say }))
  allowed(t, trail, ['ShareRowExclusiveLock on event table: call engine.renew_triggers, commit'])
})

t.test('A repair reads rows and builds indexes beside writers', async (t) => {
  await db.query(`alter table read.blocks_17 drop constraint blocks_17__user_unknown;
    alter table log.user_registered_1 drop constraint user_registered_1__username_malformed;
    drop index read.users_2__email_taken;
    alter table read.sessions_10 drop constraint sessions_10_pkey,
      add constraint sessions_10_pkey primary key (id, user_id)`)
  const trail = await trailOf((client) => install({ client, directory, say }))
  allowed(t, trail, [
    'AccessExclusiveLock on event table: alter table … add constraint, commit',
    'AccessExclusiveLock on read.sessions_10: alter table … drop constraint, alter table … add constraint, commit',
    'ShareRowExclusiveLock on read.blocks_17: alter table … add constraint, commit',
    'ShareRowExclusiveLock on read.user_ids_0: alter table … add constraint, commit',
  ])
  t.equal(trail.count(/^alter table .* not valid/), 2)
  t.equal(trail.count(/^alter table .* validate constraint/), 2)
  t.equal(trail.count(/^create unique index concurrently/i), 2)
})

t.test('A rebuild replaces rows by one statement', async (t) => {
  await damage(db, `delete from read.users_2 where id = '${users[0]}'`)
  const trail = await trailOf((client) => rebuild(client, directory, 'users_2', say))
  allowed(t, trail, [`${underAppendLock}, select engine.replay_to_end, with, commit`])
})

t.test('A demotion puts the view in the place of the table', async (t) => {
  const trail = await trailOf((client) => demote(client, directory, 'users_1', say))
  allowed(t, trail, [
    'AccessExclusiveLock on read.users_1: drop table, set local, create view, do, update, commit',
    `${underAppendLock}, do, select set_config, drop table, set local, create view, do, update, commit`,
  ])
})

t.test('A retirement changes the state, and later drops a table', async (t) => {
  const tables = ['users_1', 'sessions_0']
  const trail = await trailOf((client) => retire({ client, directory, tables, say }))
  allowed(t, trail, [
    'AccessExclusiveLock on read.sessions_0: drop table, commit',
    'AccessExclusiveLock on read.sessions_0: lock table, update, commit',
    'AccessExclusiveLock on read.user_ids_0: drop table, commit',
    'AccessExclusiveLock on read.users_1: drop view, commit',
    `${underAppendLock}, delete, drop function, drop table, commit`,
    `${underAppendLock}, do, delete, drop view, commit`,
    `${underAppendLock}, do, lock table, update, commit`,
  ])
})
