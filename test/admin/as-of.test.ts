// Read tables as of an earlier moment over the admin port, without the owner's rights.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { administered } from '../support/http/admin.ts'
import { password } from '../support/http/served.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await installedDatabase(t)
const { call, url, owner, arrive } = await administered(t, {}, databaseUrl)
const ada = await arrive('ada')
const bob = await arrive('bob')
const { rows: registrations } = await owner.query(
  `select position::text, recorded_at as at from log.events
   where stream_version = 1 and stream_id = any ($1) order by log.events.position`,
  [[ada.user.id, bob.user.id]],
)
const [first, second] = registrations

t.test('A read table is shown as of a position and a time', async (t) => {
  for (const moment of [first.position, first.at.toISOString()]) {
    const { body } = await call<Schemas['Rows']>(`/tables/users_2/rows?at=${moment}`)
    t.equal(body.position, first.position, moment)
    const ids = body.rows.map(([id]) => id)
    t.strictSame(ids, [ada.user.id], 'Bob has not registered yet')
  }
  const { body: page } = await call<Schemas['Rows']>('/tables/users_2/rows?at=1&before=5')
  t.strictSame(page.rows, [])
})

t.test('A comparison shows a table as of then beside now, without texts and secrets', async (t) => {
  const body = { currentPassword: password, newPassword: 'other unrelated words' }
  await ada.client.PUT('/users/me/password', { body })
  const path = `/tables/users_2/comparison?at=${first.position}`
  const { body: compared } = await call<Schemas['Comparison']>(path)
  t.match(compared, {
    ...{ table: 'users_2', added: 1, changed: 1, removed: 0 },
    earlier: { position: first.position, recordedAt: first.at.toISOString() },
  })
  const changes = new Map(compared.rows.map((row) => [(row.earlier ?? row.now)?.[0], row]))
  t.match(
    changes.get(ada.user.id),
    { change: 'changed', differing: [] },
    'the hash of her password',
  )
  t.match(changes.get(bob.user.id), { change: 'added', earlier: null })
  t.notMatch(JSON.stringify(compared), /example\.org|argon2/)
  const { body: differing } = await call<Schemas['Comparison']>(
    `/tables/users_2/comparison?at=${second.position}&rows=differing&personal=shown`,
    { headers: { 'Epistle-Actor': 'zoe' } },
  )
  t.strictSame(
    differing.rows.map(({ change }) => change),
    ['changed'],
  )
  t.match(JSON.stringify(differing), 'ada@example.org')
  t.notMatch(JSON.stringify(differing), /argon2/)
  const { rows: acts } = await owner.query('select actor, act, subject from work.acts')
  t.strictSame(acts, [{ actor: 'zoe', act: 'show_personal', subject: 'users_2' }])
})

t.test('Pages of a comparison follow each other, by keys that are not personal', async (t) => {
  const path = '/tables/users_2/comparison?at=0&limit=1'
  const { body: one } = await call<Schemas['Comparison']>(path)
  t.match(JSON.parse(Buffer.from(one.nextCursor ?? '', 'base64url').toString()), [ada.user.id])
  const { body: two } = await call<Schemas['Comparison']>(`${path}&before=${one.nextCursor}`)
  t.equal(two.rows[0]?.now?.[0], bob.user.id)
  t.notOk(two.nextCursor)
  await owner.query(
    `insert into read.reserved_usernames_14
     select name, $1, now(), 1 from unnest('{anna,berta}'::text[]) name`,
    [ada.user.id],
  )
  const reserved = '/tables/reserved_usernames_14/comparison?at=0&limit=1'
  const { body: named } = await call<Schemas['Comparison']>(reserved)
  t.equal(named.nextCursor, '1', 'a username is in no cursor')
  const { body: next } = await call<Schemas['Comparison']>(`${reserved}&before=1`)
  t.equal(next.rows.length, 1)
  t.notOk(next.nextCursor)
})

t.test('A cursor with a key that is masked is refused, so it reveals nothing', async (t) => {
  const before = Buffer.from(JSON.stringify(['anna'])).toString('base64url')
  for (const table of ['reserved_usernames_14', 'requested_emails_13']) {
    const { status, body } = await call(`/tables/${table}/comparison?at=0&before=${before}`)
    t.equal(status, 422, table)
    t.match(body, { errors: [{ parameter: 'before' }] })
  }
  const short = Buffer.from(JSON.stringify([ada.user.id])).toString('base64url')
  const composite = await call(`/tables/personal_events_11/comparison?at=0&before=${short}`)
  t.equal(composite.status, 422, 'a part of the key is missing')
})

t.test('A future moment, an unknown table and a damaged request are refused', async (t) => {
  const statuses = {
    '/tables/users_2/comparison?at=999999': 409,
    '/tables/users_2/rows?at=999999': 409,
    '/tables/users_2/comparison?at=2999-01-01T00:00:00Z': 409,
    '/tables/nope_1/comparison?at=1': 404,
    '/tables/users_2/comparison': 422,
    '/tables/users_2/comparison?at=soon': 422,
    '/tables/users_2/rows?at=soon': 422,
    '/tables/users_2/comparison?at=1&before=nonsense': 422,
    [`/tables/users_2/comparison?at=1&before=${Buffer.from('["x"]').toString('base64url')}`]: 422,
    '/tables/users_2/comparison?at=1&personal=shown': 422,
  }
  for (const [path, status] of Object.entries(statuses)) {
    t.equal((await call(path)).status, status, path)
  }
})

t.test('A replay whose client has gone ends, and the next one in the queue begins', async (t) => {
  const blocker = await connect(t, databaseUrl)
  await blocker.query('begin; lock table log.user_registered_1 in access exclusive mode')
  const replaying = async () => {
    const { rows } = await owner.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database()
         and query ~ 'log.compare_as_of' and pid <> pg_backend_pid() and wait_event_type = 'Lock'`,
    )
    return rows.length === 1 && rows[0]?.pid
  }
  const path = '/tables/users_2/comparison?at=1'
  const leaving = new AbortController()
  const given = fetch(url + path, { signal: leaving.signal })
  given.catch(() => undefined)
  const pid = await until('the replay waits for the table', replaying)
  const next = call(path)
  leaving.abort()
  await t.rejects(given)
  await until('the next one replays, and the first has ended', async () => {
    const other = await replaying()
    return other && other !== pid
  })
  await blocker.query('commit')
  t.equal((await next).status, 200)
})
