// Loading folds a stream in the newest shapes that a release knows. A stream that holds more is an
// error, unless that release has been told that it does not matter.
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

/** The user as code of release 1 has it: it never heard of changing passwords. */
const userOfRelease1 = {
  ...user,
  view: 'user_stream_1',
  tables: { UserRegistered: 'user_registered_1' } as typeof user.tables,
}
/** And as code of release 0 has it, which knows no usernames either. */
const userOfRelease0 = {
  ...user,
  view: 'user_stream_0',
  tables: { UserRegistered: 'user_registered_0' } as typeof user.tables,
}

/** And as code of releases 2 and 3 has it, which never heard of a new hash. */
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

t.test('a stream that is not there has version 0 and the initial state', async (t) => {
  t.strictSame(await store.load(user, idOf(99)), { state: { status: 'unknown' }, version: 0 })
})

t.test('an event of an old release is folded in the newest shape', async (t) => {
  t.strictSame(await store.load(user, old), {
    state: {
      status: 'registered',
      id: old,
      email: 'old@example.com',
      passwordHash: 'o',
      username: null,
      passwordSetBy: old,
      emailVerified: false,
    },
    version: 1,
  })
})

t.test('events are folded in the order of their versions', async (t) => {
  const { state, version } = await store.load(user, changed)
  t.match(state, { status: 'registered', passwordHash: 'second', username: 'changed' })
  t.equal(version, 2)
})

t.test('old code loads what a newer release wrote, where there is a downcast', async (t) => {
  await owner.query(
    `insert into log.user_registered_1 values ($1, 'new@example.com', 'n', 'new')`,
    [idOf(4)],
  )
  const { state } = await store.load(userOfRelease0, idOf(4))
  t.match(state, { status: 'registered', email: 'new@example.com', passwordHash: 'n' })
  t.notOk('username' in state)
})

t.test(
  'events are found by their ids, in the order asked for, in the shape asked for',
  async (t) => {
    const { rows } = await owner.query(
      `select stream_version as version, id, position, recorded_at as "recordedAt"
     from log.events where stream_id = $1 order by stream_version`,
      [changed],
    )
    const [registered, later] = rows
    const found = await store.find(user, [later.id, idOf(98), registered.id])
    t.match(found, [
      { ...later, id: undefined, streamId: changed, event: { type: 'PasswordChanged' } },
      undefined,
      { ...registered, id: undefined, event: { data: { username: 'changed' } } },
    ])
    const [ofOld] = await store.find(userOfRelease0, [registered.id])
    t.same(Object.keys(ofOld?.event.data ?? {}), ['id', 'email', 'passwordHash'])
    const notKnown = store.find(userOfRelease1, [later.id])
    await t.rejects(notKnown, { name: 'UnknownEventError' }, 'nothing is guessed')
  },
)

t.test('a stream is loaded as it was at a version', async (t) => {
  const { state, version } = await store.load(user, changed, 1)
  t.match(state, { passwordHash: 'first' })
  t.equal(version, 1)
})

t.test('old code does not fold a stream with an event that it does not know', async (t) => {
  const { rows } = await owner.query('select max(position) as p from log.password_changed_2')
  await t.rejects(store.load(userOfRelease1, changed), {
    name: 'UnknownEventError',
    code: 'unknown_event',
    streamId: changed,
    type: 'password_changed_2',
    position: rows[0].p,
  })
})

t.test('and folds other streams as ever', async (t) => {
  t.match(await store.load(userOfRelease1, old), { version: 1, state: { status: 'registered' } })
})

t.test('a new hash of the same password is nothing to old code, but a version', async (t) => {
  const [renewed, id] = [idOf(5), idOf(6)]
  await owner.query(`insert into log.user_registered_0 values ($1, 'r@example.com', 'r')`, [
    renewed,
  ])
  await owner.query(`insert into log.password_rehashed_4 values ($1, $2, 'dearer')`, [id, renewed])
  for (const aggregate of [userOfRelease0, userOfRelease1, userOfRelease2]) {
    const { state, version } = await store.load(aggregate, renewed)
    t.match(state, { passwordHash: 'r' }, aggregate.view)
    t.equal(version, 2, 'so that a change of password is appended behind it')
  }
  t.match(await store.load(user, renewed), { state: { passwordHash: 'dearer' }, version: 2 })
})

t.test('a header without its row is an error, not a gap', async (t) => {
  await owner.query(
    `insert into log.events (stream_id, stream_version, type)
     values ($1, 2, 'password_changed_2')`,
    [old],
  )
  await t.rejects(store.load(user, old), { code: 'unknown_event', type: 'password_changed_2' })
})

t.test('the stream of another aggregate is none of this one', async (t) => {
  t.strictSame(await store.load(session, changed), { state: { status: 'unknown' }, version: 0 })
})

t.test('an event that a release was told to ignore is counted and not folded', async (t) => {
  await owner.query(
    `create function log.user_stream_1_ignores(log.password_changed_2) returns void
     language sql as ''`,
  )
  await owner.query(`call engine.make_stream_view('user', 1)`)
  const { state, version } = await store.load(userOfRelease1, changed)
  t.match(state, { passwordHash: 'first' })
  t.equal(version, 2, 'so that what is decided on it is appended behind it')
})
