// A header without its row: no transaction commits one, however it came about. One from a time without the guard
// can be declared void, so that replays and streams leave it out.
import t from 'tap'
import { append, passwordChanged } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { byHand, type Header } from '../support/raw-inserts.ts'

const db = await connect(t, await installedDatabase(t))
const { register, header, change } = byHand(db)

/** Runs statements in a transaction that is rolled back. */
async function within<T>(work: () => Promise<T>): Promise<T> {
  await db.query('begin')
  return work().finally(() => db.query('rollback'))
}

const lone: Record<string, () => Promise<unknown>> = {
  'a lone header': async () => header(await register(), 2, 'password_changed_2'),
  'a header whose row was rolled back': () =>
    committed(async () => {
      const user = await register()
      const own = await header(user, 2, 'password_changed_2')
      await db.query('savepoint before_row')
      await change(user, own)
      await db.query('rollback to before_row')
    }),
  'a header whose row was refused': () =>
    committed(async () => {
      const own = await header(idOf(9100), 1, 'password_changed_2')
      await db.query('savepoint before_row')
      await t.rejects(change(idOf(9100), own), { code: '23503' })
      await db.query('rollback to before_row')
    }),
  'a header after its transaction wrote whole events': () =>
    committed(async () => {
      const user = await register()
      await change(user, {})
      await header(user, 3, 'password_changed_2')
    }),
  'a lone header under session_replication_role = replica': () =>
    committed(async () => {
      await db.query('set local session_replication_role = replica')
      await header(await register(), 2, 'password_changed_2')
    }),
  'the second header of a statement whose first has its row': () =>
    committed(async () => {
      const user = await register()
      const { rows } = await db.query<Header>(
        `insert into log.events (stream_id, stream_version, type)
         values ($1, 2, 'password_changed_2'), ($1, 3, 'password_changed_2')
         returning position, recorded_at::text`,
        [user],
      )
      await change(user, rows[0] as Header)
    }),
  'a header of a savepoint that was released': () =>
    committed(async () => {
      const user = await register()
      await db.query('savepoint before_header')
      await header(user, 2, 'password_changed_2')
      await db.query('release before_header')
    }),
  'a header whose check has run in a savepoint that was rolled back': () =>
    committed(async () => {
      const user = await register()
      const own = await header(user, 2, 'password_changed_2')
      await db.query('savepoint before_row')
      await change(user, own)
      await db.query('set constraints log."00_row" immediate')
      await db.query('rollback to before_row')
    }),
  'a header that a trigger of the operator inserted': () =>
    committed(async () => {
      const [user, other] = [await register(), await register()]
      await db.query(`create function pg_temp.second() returns trigger language plpgsql as $$
        begin
          insert into log.events (stream_id, stream_version, type) values ('${user}', 2, 'password_changed_2');
          return null;
        end $$`)
      await db.query(`create trigger second after insert on read.users_2
        for each row execute function pg_temp.second()`)
      await db.query(`create trigger second_too after update on read.users_2
        for each row execute function pg_temp.second()`)
      await change(other, {})
    }),
  // Logical replication fires triggers of rows alone.
  'a header that came without the triggers of its statement, under session_replication_role = replica':
    () =>
      committed(async () => {
        const user = await register()
        await db.query('alter table log.events disable trigger "00_guard"')
        await db.query('set local session_replication_role = replica')
        await header(user, 2, 'password_changed_2')
      }),
  'a header whose row a trigger of the operator suppressed': () =>
    committed(async () => {
      await db.query(`create function pg_temp.none() returns trigger language plpgsql
        as 'begin return null; end'`)
      await db.query(`create trigger suppress before insert on log.password_changed_2
        for each row execute function pg_temp.none()`)
      await change(await register(), {})
    }),
}

/** Commits what a transaction did. */
async function committed(work: () => Promise<unknown>): Promise<unknown> {
  await db.query('begin')
  try {
    await work()
    return await db.query('commit')
  } finally {
    await db.query('rollback')
  }
}

for (const [title, work] of Object.entries(lone)) {
  t.test(`No transaction commits ${title}`, async (t) => {
    await t.rejects(work(), { code: 'LG006', message: /^the header at position \d+ has no row in/ })
    t.strictSame((await db.query('select * from log.lone_headers()')).rows, [])
  })
}

t.test('A check that has run leaves later headers to be checked', async (t) => {
  const user = await register()
  const work = committed(async () => {
    await change(user, {})
    await db.query('set constraints all immediate; set constraints all deferred')
    await change(user, {})
    await header(user, 4, 'password_changed_2')
    await db.query('savepoint before_check')
    await t.rejects(db.query('set constraints all immediate'), { code: 'LG006' })
    await db.query('rollback to before_check')
  })
  await t.rejects(work, { code: 'LG006' })
  await change(user, {})
})

t.test('Under immediate constraints a header is refused in its own statement', async (t) => {
  const work = within(async () => {
    const user = await register()
    await db.query('set constraints all immediate')
    await header(user, 2, 'password_changed_2')
  })
  await t.rejects(work, { code: 'LG006', message: /has no row in log.password_changed_2$/ })
})

t.test('The table that queues checks is empty, also in the transaction of a header', async (t) => {
  await within(async () => {
    await header(await register(), 2, 'password_changed_2')
    t.equal((await db.query('select from log.header_checks')).rowCount, 0)
    const disabling = db.query('alter table log.header_checks disable trigger "00_row"')
    await t.rejects(disabling, { code: '55006' })
  })
})

t.test('A row that leaves out the header before it is refused', async (t) => {
  const [user, other] = [await register(), await register()]
  const work = within(async () => {
    await header(user, 2, 'password_changed_2')
    await change(other, await header(other, 2, 'password_changed_2'))
  })
  await t.rejects(work, { code: 'LG005', message: /does not follow that of the header before it/ })
})

t.test('log.append refuses to leave out a header of its transaction', async (t) => {
  const [user, other] = [await register(), await register()]
  const work = within(async () => {
    await header(user, 2, 'password_changed_2')
    await append(db, [passwordChanged(other, 2)])
  })
  await t.rejects(work, { code: 'LG005', message: /^the header at position \d+ has no row yet$/ })
})

t.test('log.append fails where a rule or a trigger swallows rows', async (t) => {
  const user = await register()
  const work = within(async () => {
    await db.query('create rule swallow as on insert to log.password_changed_2 do instead nothing')
    await append(db, [passwordChanged(user, 2)])
  })
  await t.rejects(work, { code: 'LG006', message: /^of 1 rows for log.password_changed_2, 0 were/ })
})

t.test('A replay fails at an old header without its row, until it is declared void', async (t) => {
  await db.query('alter table log.header_checks disable trigger "00_row"')
  const user = await register()
  const { position } = await header(user, 2, 'password_changed_2')
  await db.query('alter table log.header_checks enable always trigger "00_row"')
  t.strictSame((await db.query('select * from log.lone_headers()')).rows, [
    { header: position, event_type: 'password_changed_2' },
  ])
  const replayed = () =>
    within(async () => {
      await db.query('truncate read.users_2')
      await db.query('select read.users_2_replay(0, 1000000, 1000)')
    })
  await t.rejects(replayed(), {
    code: 'LG006',
    message: /1 headers of password_changed_2, but 0 rows/,
  })
  const voided = (at: string) => db.query(`select log.void_header($1, 'a test')`, [at])
  await t.rejects(voided('1'), { message: /no header without its row at position 1/ })
  await voided(position)
  await t.rejects(voided(position), { message: /no header without its row/ })
  await replayed()
  t.strictSame((await db.query('select * from log.lone_headers()')).rows, [])
  const { rows } = await db.query(
    'select stream_version, standing from log.user_stream_2 where stream_id = $1 order by 1',
    [user],
  )
  t.strictSame(rows, [
    { stream_version: 1, standing: 'known' },
    { stream_version: 2, standing: 'ignored' },
  ])
  await change(user, {})
  t.equal(
    (await db.query('select from log.user_stream_2 where stream_id = $1', [user])).rowCount,
    3,
  )
})
