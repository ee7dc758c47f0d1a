// Loading folds a stream in the newest shapes of a release. An event that the release does not support is
// an error, unless the release declares that it ignores the event.
import t from 'tap'
import { session } from '../../../src/features/sessions/session.ts'
import { user } from '../../../src/features/users/user.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import { serving } from '../../support/event-store/queue-serving.ts'
import { idOf } from '../../support/ids.ts'
import { connect } from '../../support/installed.ts'

const { pool, url } = await serving(t)
const owner = await connect(t, url)
const store = createEventStore(pool)

/** The user in the code of release 1, which does not support password changes. */
const userOfRelease1 = {
  ...user,
  view: 'user_stream_1',
  tables: { UserRegistered: 'user_registered_1' } as typeof user.tables,
}
/** The user in the code of release 0, which does not support usernames either. */
const userOfRelease0 = {
  ...user,
  view: 'user_stream_0',
  tables: { UserRegistered: 'user_registered_0' } as typeof user.tables,
}

/** The user in the code of releases 2 and 3, which do not support new hashes of a password. */
const userOfRelease2 = { ...user, view: 'user_stream_2' }

const [old, changed] = [idOf(1), idOf(2)]
await owner.query(`insert into log.user_registered_0 values ($1, 'old@example.com', 'o')`, [old])
await owner.query(
  `insert into log.user_registered_1 values ($1, 'changed@example.com', 'first', 'changed')`,
  [changed],
)
await owner.query(`insert into log.password_changed_2 values ($1, $2, 'second')`, [
  idOf(3),
  changed,
])

t.test('a stream without events has version 0 and the initial state', async (t) => {
  t.strictSame(await store.load(user, idOf(99)), { state: { status: 'unknown' }, version: 0 })
})

t.test('an event of an old release is loaded in the newest shape', async (t) => {
  const { last, ...loaded } = await store.load(user, old)
  t.match(last, { id: String, position: /^\d+$/, hasStandbys: false })
  t.strictSame(loaded, {
    state: {
      status: 'registered',
      id: old,
      email: 'old@example.com',
      passwordHash: 'o',
      username: null,
      passwordSetBy: old,
      emailVerified: false,
      verifiedEmail: null,
      reservedUntil: null,
    },
    version: 1,
  })
})

t.test('the events of a stream are folded in the order of their versions', async (t) => {
  const { state, version } = await store.load(user, changed)
  t.match(state, { status: 'registered', passwordHash: 'second', username: 'changed' })
  t.equal(version, 2)
})

t.test('old code loads the event of a newer release through its downcast', async (t) => {
  await owner.query(
    `insert into log.user_registered_1 values ($1, 'new@example.com', 'n', 'new')`,
    [idOf(4)],
  )
  const { state } = await store.load(userOfRelease0, idOf(4))
  t.match(state, { status: 'registered', email: 'new@example.com', passwordHash: 'n' })
  t.notOk('username' in state)
})

t.test('find returns events in the order of the ids and in the shape of the release', async (t) => {
  const { rows } = await owner.query(
    `select stream_version as version, id, position, recorded_at as "recordedAt"
     from log.events where stream_id = $1 order by stream_version`,
    [changed],
  )
  const [registered, changedLater] = rows
  const found = await store.find(user, [changedLater.id, idOf(98), registered.id])
  t.match(found, [
    { ...changedLater, streamId: changed, event: { type: 'PasswordChanged' } },
    undefined,
    { ...registered, event: { data: { username: 'changed' } } },
  ])
  const [ofOld] = await store.find(userOfRelease0, [registered.id])
  t.same(Object.keys(ofOld?.event.data ?? {}), ['id', 'email', 'passwordHash'])
  const unsupported = store.find(userOfRelease1, [changedLater.id])
  await t.rejects(unsupported, { name: 'UnknownEventError' }, 'find does not guess')
})

t.test('a stream can be loaded as of an earlier version', async (t) => {
  const { state, version } = await store.load(user, changed, 1)
  t.match(state, { passwordHash: 'first' })
  t.equal(version, 1)
})

t.test('old code rejects a stream with an event that it does not support', async (t) => {
  const { rows } = await owner.query('select max(position) as p from log.password_changed_2')
  await t.rejects(store.load(userOfRelease1, changed), {
    name: 'UnknownEventError',
    code: 'unknown_event',
    streamId: changed,
    type: 'password_changed_2',
    position: rows[0].p,
  })
})

t.test('old code still loads streams without unsupported events', async (t) => {
  t.match(await store.load(userOfRelease1, old), { version: 1, state: { status: 'registered' } })
})

t.test('old code counts but does not fold a new hash of the same password', async (t) => {
  const [renewed, id] = [idOf(5), idOf(6)]
  await owner.query(`insert into log.user_registered_0 values ($1, 'r@example.com', 'r')`, [
    renewed,
  ])
  await owner.query(`insert into log.password_rehashed_4 values ($1, $2, 'costlier')`, [
    id,
    renewed,
  ])
  for (const aggregate of [userOfRelease0, userOfRelease1, userOfRelease2]) {
    const { state, version } = await store.load(aggregate, renewed)
    t.match(state, { passwordHash: 'r' }, aggregate.view)
    t.equal(version, 2, 'a password change is appended after it')
  }
  t.match(await store.load(user, renewed), { state: { passwordHash: 'costlier' }, version: 2 })
})

t.test('loading a stream with a header without its row is an error', async (t) => {
  await owner.query('alter table log.header_checks disable trigger "00_row"')
  await owner.query(
    `insert into log.events (stream_id, stream_version, type)
     values ($1, 2, 'password_changed_2')`,
    [old],
  )
  await owner.query('alter table log.header_checks enable always trigger "00_row"')
  await t.rejects(store.load(user, old), { code: 'unknown_event', type: 'password_changed_2' })
})

t.test('an aggregate does not load the stream of another aggregate', async (t) => {
  t.strictSame(await store.load(session, changed), { state: { status: 'unknown' }, version: 0 })
})

t.test('an event that a release declares as ignored is counted but not folded', async (t) => {
  await owner.query(
    `create function log.user_stream_1_ignores(log.password_changed_2) returns void
     language sql as ''`,
  )
  const { rows } = await owner.query('select statement from engine.make_stream_views() statement')
  t.match(rows, [{ statement: /^create or replace view log.user_stream_1 as/ }], 'one view changes')
  await owner.query(rows[0].statement)
  const { state, version } = await store.load(userOfRelease1, changed)
  t.match(state, { passwordHash: 'first' })
  t.equal(version, 2, 'the next event is appended after it')
})
