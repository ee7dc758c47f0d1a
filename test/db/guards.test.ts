// The guards of the log, for sessions that write headers and rows in plain SQL: rows with a header of their
// own, known types, one order, one isolation level. A refused write leaves nothing behind.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { byHand, type Header } from '../support/raw-inserts.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)

const { register, header, change } = byHand(db)

/** Runs statements in a transaction that is rolled back. */
async function within<T>(work: () => Promise<T>): Promise<T> {
  await db.query('begin')
  return work().finally(() => db.query('rollback'))
}

/** The error of PostgreSQL. */
interface Refusal {
  code: string | RegExp
  constraint?: string
  message?: RegExp
}

const refused: [title: string, work: () => Promise<unknown>, error: Refusal][] = [
  [
    'a row that uses a header of another transaction',
    async () => {
      const user = await register()
      const { rows } = await db.query<Header>(
        'select position, recorded_at::text from log.events where stream_id = $1',
        [user],
      )
      return within(() => change(user, rows[0] as Header))
    },
    { code: 'LG003' },
  ],
  [
    'a row that uses an old header of its type and stream',
    async () => {
      const user = await register()
      await change(user, {})
      const { rows } = await db.query<Header>(
        'select position, recorded_at::text from log.password_changed_2 where user_id = $1',
        [user],
      )
      return within(async () => {
        await header(user, 3, 'password_changed_2')
        await change(user, rows[0] as Header)
      })
    },
    { code: /^(LG005|23505)$/ },
  ],
  [
    'a row whose header is of another type',
    async () => {
      const user = await register()
      return within(async () => change(user, await header(user, 2, 'user_registered_1')))
    },
    { code: 'LG003' },
  ],
  [
    'a row whose header is of another stream',
    async () => {
      const [user, other] = [await register(), await register()]
      return within(async () => change(user, await header(other, 2, 'password_changed_2')))
    },
    { code: 'LG003' },
  ],
  [
    'a row whose position has no header',
    async () => change(await register(), { position: '1000000' }),
    { code: 'LG003' },
  ],
  [
    'a row whose time is not that of its header',
    async () => {
      const user = await register()
      return within(async () => {
        const { position } = await header(user, 2, 'password_changed_2')
        await change(user, { position, recorded_at: '2000-01-01' })
      })
    },
    { code: 'LG003' },
  ],
  [
    'a header of a type that no release brought',
    () => header(idOf(9000), 1, 'user_forgotten_9'),
    { code: 'LG004' },
  ],
  [
    'a header that skips a version',
    async () => header(await register(), 3, 'password_changed_2'),
    { code: '23505', constraint: 'events__version_conflict' },
  ],
  [
    'headers in reverse order of their versions',
    () =>
      db.query(
        `insert into log.events (stream_id, stream_version, type)
         values ($1, 2, 'password_changed_2'), ($1, 1, 'user_registered_1')`,
        [idOf(9001)],
      ),
    { code: '23505', constraint: 'events__version_conflict' },
  ],
  [
    'a version that is taken',
    async () => header(await register(), 1, 'password_changed_2'),
    { code: '23505', constraint: 'events__version_conflict' },
  ],
  [
    'rows that are not in the order of their headers',
    async () => {
      const [user, other] = [await register(), await register()]
      return within(async () => {
        const first = await header(user, 2, 'password_changed_2')
        const second = await header(other, 2, 'password_changed_2')
        await change(other, second)
        await change(user, first)
      })
    },
    {
      code: 'LG005',
      message: /^the row of .* at position \d+ does not follow that of the header before it/,
    },
  ],
]

for (const [title, work, error] of refused) {
  t.test(`The log refuses ${title}`, async (t) => {
    await t.rejects(work(), error)
  })
}

for (const level of ['repeatable read', 'serializable']) {
  t.test(`The log refuses each of the three ways to append under ${level}`, async (t) => {
    const user = await register()
    const append = JSON.stringify([
      {
        events: [
          {
            stream_id: user,
            stream_version: 2,
            type: 'password_changed_2',
            data: { id: user, user_id: user, password_hash: 'x' },
          },
        ],
      },
    ])
    for (const work of [
      () => change(user, {}),
      () => header(user, 2, 'password_changed_2'),
      () => db.query('select log.append($1)', [append]),
    ]) {
      await db.query(`begin isolation level ${level}`)
      await t.rejects(work(), { code: 'LG001' })
      await db.query('rollback')
    }
  })
}

t.test('A header and its row can be inserted by one statement', async (t) => {
  const user = await register()
  await db.query(
    `with h as (insert into log.events (stream_id, stream_version, type)
       values ($1, 2, 'password_changed_2') returning position, recorded_at)
     insert into log.password_changed_2 (id, user_id, password_hash, recorded_at, position)
     select gen_random_uuid(), $1, 'changed', recorded_at, position from h`,
    [user],
  )
  const { rows } = await db.query('select password_hash from read.users_2 where id = $1', [user])
  t.strictSame(rows, [{ password_hash: 'changed' }])
})

t.test(
  'Refused writes leave nothing behind: every header has its row, every stream its versions',
  async (t) => {
    const { rows } = await db.query(`
    select h.position from log.events h
      left join log.user_registered_1 u using (position)
      left join log.password_changed_2 p using (position)
    where u.position is null and p.position is null
    union all
    select min(position) from log.events
    group by stream_id having max(stream_version) <> count(*)`)
    t.strictSame(rows, [])
  },
)

t.test('A role that may only insert into an event table appends in plain SQL', async (t) => {
  await within(async () => {
    await db.query(`grant usage on schema log to pg_monitor;
      grant insert on log.user_registered_1 to pg_monitor; set local role pg_monitor`)
    const user = await register()
    await db.query('reset role')
    t.equal((await db.query('select from read.users_2 where id = $1', [user])).rowCount, 1)
  })
})
