// The story of the product, release by release, in plain SQL: an insert into a past-tense table shows in the
// nouns, for old and new releases, and what the nouns forbid is refused. Each part continues the one before.
import t from 'tap'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../src/platform/read-models/retire/demote.ts'
import { freshDatabase } from '../support/database.ts'
import { idOf } from '../support/ids.ts'
import { connect, installInto } from '../support/installed.ts'
import { replayed } from '../support/read-models/contents.ts'

const [foo, bar, baz, qux, unknown] = [0, 1, 2, 3, 99].map(idOf)
const hashes = {
  foo: '959c9f50aef1bc129a0e16564319a1b36515d570513079b6c73c72a5709abdce',
  bar: '57846ba7f6f13c0454ebec6c9b31c7f52fe72afb606a8ba336170168ca0c408f',
  changed: '8aa64c9ca202961c0f6bcd34c45f95c9e0cf5555cbcacfd7f87163dad7b60d2f',
  renewed: '2c1743a391305fbf367df8e4f069f9f9b1d5a2e3e0d3c9f0b8c1f6a7d4e5b6c7',
}

const url = await freshDatabase(t)
const db = await connect(t, url)
await db.query('set search_path = log, read')

async function table(name: string, columns: string): Promise<unknown[][]> {
  const { rows } = await db.query({
    text: `select ${columns} from ${name} order by position`,
    rowMode: 'array',
  })
  return rows
}

/** How many headers there are, and how many rows in an event table. */
async function counts(eventTable: string): Promise<unknown> {
  const { rows } = await db.query(
    `select (select count(*) from events) as headers, (select count(*) from ${eventTable}) as rows`,
  )
  return rows[0]
}

t.test('Release 0: a person who registers is a user at once', async (t) => {
  await installInto(url, { to: 0 })
  await db.query('insert into user_registered_0 values ($1, $2, $3)', [
    foo,
    'foo@example.com',
    hashes.foo,
  ])
  t.strictSame(await table('users_0', 'id, email, password_hash'), [
    [foo, 'foo@example.com', hashes.foo],
  ])
})

t.test('Release 0: an address is taken whatever its case', async (t) => {
  const before = await counts('user_registered_0')
  await t.rejects(
    db.query('insert into user_registered_0 values ($1, $2, $3)', [bar, 'FOO@example.com', 'x']),
    { code: '23505', constraint: 'users_0__email_taken' },
  )
  t.strictSame(await counts('user_registered_0'), before, 'and no row of it is written')
})

t.test('Release 1: users_1 has the users who registered before it existed', async (t) => {
  await installInto(url, { to: 1 })
  t.strictSame(await table('users_1', 'id, email, password_hash, username'), [
    [foo, 'foo@example.com', hashes.foo, null],
  ])
})

t.test('Release 1: both versions of the code write, and each sees all users', async (t) => {
  await db.query('insert into user_registered_1 values ($1, $2, $3)', [
    bar,
    'bar@example.com',
    hashes.bar,
  ])
  await db.query('insert into user_registered_0 values ($1, $2, $3)', [baz, 'baz@example.com', 'z'])
  await db.query('insert into user_registered_1 values ($1, $2, $3, $4)', [
    qux,
    'qux@example.com',
    'q',
    'qux',
  ])
  t.strictSame(await table('users_0', 'id, email, password_hash'), [
    [foo, 'foo@example.com', hashes.foo],
    [bar, 'bar@example.com', hashes.bar],
    [baz, 'baz@example.com', 'z'],
    [qux, 'qux@example.com', 'q'],
  ])
  t.strictSame(await table('users_1', 'id, username'), [
    [foo, null],
    [bar, null],
    [baz, null],
    [qux, 'qux'],
  ])
})

t.test('Release 1: a username can be taken once', async (t) => {
  await t.rejects(
    db.query('insert into user_registered_1 values ($1, $2, $3, $4)', [unknown, 'n@x', 'n', 'qux']),
    { code: '23505', constraint: 'users_1__username_taken' },
  )
  t.strictSame(await table('users_0', 'id'), [[foo], [bar], [baz], [qux]])
})

t.test('Release 2: users_2 begins with the rows of users_1', async (t) => {
  await installInto(url, { to: 2 })
  t.strictSame(await table('users_2', '*'), await table('users_1', '*'))
})

t.test('Release 2: every release has a changed password', async (t) => {
  await db.query('insert into password_changed_2 values ($1, $2, $3)', [
    idOf(1000),
    bar,
    hashes.changed,
  ])
  for (const users of ['users_0', 'users_1', 'users_2']) {
    t.strictSame(
      await table(users, 'id, password_hash'),
      [
        [foo, hashes.foo],
        [bar, hashes.changed],
        [baz, 'z'],
        [qux, 'q'],
      ],
      users,
    )
  }
})

t.test('Release 2: a rebuild keeps a changed password', async (t) => {
  for (const users of ['users_0', 'users_1', 'users_2']) {
    const rows = await replayed(db, users, 1000)
    t.equal(rows.find(({ id }) => id === bar)?.password_hash, hashes.changed, users)
  }
})

t.test('Release 2: the password of an unknown user cannot be changed', async (t) => {
  const before = await counts('password_changed_2')
  await t.rejects(
    db.query('insert into password_changed_2 values ($1, $2, $3)', [idOf(1001), unknown, 'x']),
    { code: '23503', constraint: /^users_\d+__user_unknown$/ },
  )
  t.strictSame(await counts('password_changed_2'), before, 'no row, and no header either')
})

t.test('Release 3: a message that was sent can be read', async (t) => {
  await installInto(url, { to: 3 })
  await db.query('insert into message_sent_3 values ($1, $2, $3, $4)', [
    idOf(2000),
    foo,
    bar,
    'Hello',
  ])
  t.strictSame(await table('messages_3', 'id, src_id, dst_id, content'), [
    [idOf(2000), foo, bar, 'Hello'],
  ])
})

t.test('Release 3: a message to an unknown user is refused', async (t) => {
  const before = await counts('message_sent_3')
  await t.rejects(
    db.query('insert into message_sent_3 values ($1, $2, $3, $4)', [idOf(2001), foo, unknown, 'x']),
    { code: '23503', constraint: 'messages_3__recipient_unknown' },
  )
  t.strictSame(await counts('message_sent_3'), before, 'no row, and no header either')
})

t.test('Release 4: the hash of a password is renewed in every table of users', async (t) => {
  await installInto(url, { to: 4 })
  await db.query('insert into password_rehashed_4 values ($1, $2, $3)', [
    idOf(3000),
    bar,
    hashes.renewed,
  ])
  for (const users of ['users_0', 'users_1', 'users_2']) {
    const rows = await table(users, 'id, password_hash')
    t.strictSame(rows[1], [bar, hashes.renewed], users)
  }
})

t.test('Release 4: the hash of an unknown user cannot be renewed', async (t) => {
  const before = await counts('password_rehashed_4')
  await t.rejects(
    db.query('insert into password_rehashed_4 values ($1, $2, $3)', [idOf(3001), unknown, 'x']),
    { code: '23503', constraint: /^users_\d+__user_unknown$/ },
  )
  t.strictSame(await counts('password_rehashed_4'), before, 'no row, and no header either')
})

t.test('Release 5: an edited message is edited for old servers too', async (t) => {
  await installInto(url, { to: 5 })
  const edit = 'insert into message_edited_5 values ($1, $2, $3, $4, $5)'
  await db.query(edit, [idOf(4000), idOf(2000), foo, bar, 'Good bye'])
  const now = [[idOf(2000), foo, bar, 'Good bye']]
  for (const messages of ['messages_3', 'messages_5']) {
    t.strictSame(await table(messages, 'id, src_id, dst_id, content'), now)
  }
})

const deletion = 'insert into message_deleted_5 values ($1, $2, $3, $4)'

t.test(
  'Release 5: a deleted message leaves a tombstone, and nothing for old servers',
  async (t) => {
    await db.query(deletion, [idOf(4001), idOf(2000), foo, bar])
    t.strictSame(await table('messages_3', 'id'), [])
    t.strictSame(await table('messages_5', 'id, content, deleted_at is not null'), [
      [idOf(2000), null, true],
    ])
    await demote(db, dbDirectory, 'messages_3', () => undefined)
    t.strictSame(await table('messages_3', 'id'), [], 'also as a view of the newer table')
  },
)

t.test('Release 5: an unknown or deleted message cannot be edited or deleted', async (t) => {
  const refused = { code: '23503', constraint: 'messages_5__not_found' }
  const edit = `insert into message_edited_5 values ($1, $2, $3, $4, 'x')`
  await t.rejects(db.query(edit, [idOf(4002), idOf(2000), foo, bar]), refused)
  await t.rejects(db.query(deletion, [idOf(4003), idOf(2000), foo, bar]), refused)
  await t.rejects(db.query(deletion, [idOf(4004), idOf(2999), foo, bar]), refused)
})

t.test('Every row of the story has the position, time and stream of its header', async (t) => {
  const { rows } = await db.query(`
    select h.type, h.stream_id, h.stream_version as version
    from events h
    left join user_registered_0 r0 using (position, recorded_at)
    left join user_registered_1 r1 using (position, recorded_at)
    left join password_changed_2 p using (position, recorded_at)
    left join message_sent_3 m using (position, recorded_at)
    left join password_rehashed_4 n using (position, recorded_at)
    left join message_edited_5 e using (position, recorded_at)
    left join message_deleted_5 d using (position, recorded_at)
    where h.stream_id in (r0.id, r1.id, p.user_id, m.id, n.user_id, e.message_id, d.message_id)
    order by position`)
  t.strictSame(rows, [
    { type: 'user_registered_0', stream_id: foo, version: 1 },
    { type: 'user_registered_1', stream_id: bar, version: 1 },
    { type: 'user_registered_0', stream_id: baz, version: 1 },
    { type: 'user_registered_1', stream_id: qux, version: 1 },
    { type: 'password_changed_2', stream_id: bar, version: 2 },
    { type: 'message_sent_3', stream_id: idOf(2000), version: 1 },
    { type: 'password_rehashed_4', stream_id: bar, version: 3 },
    { type: 'message_edited_5', stream_id: idOf(2000), version: 2 },
    { type: 'message_deleted_5', stream_id: idOf(2000), version: 3 },
  ])
})
