// Eight connections write at once, in every possible way, and some roll back. Position order must be commit
// order, so that a reader who has seen a position never gets a smaller one later. Every read table must
// equal its replay.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t from 'tap'
import { append, userRegistered } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect } from '../support/installed.ts'
import { write } from '../support/racing-writers.ts'
import { contentsOf, liveTables, replayed } from '../support/read-models/contents.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const users = Array.from({ length: 10 }, (_, n) => idOf(n + 1))
await append(
  db,
  users.map((id) => userRegistered(id)),
)

let writing = true

/** Keeps reading new events, as live updates do; returns all positions in the order it saw them. */
async function follow(client: ClientBase): Promise<string[]> {
  const seen: string[] = []
  for (let last = '0', more = true; more; ) {
    more = writing
    const { rows } = await client.query<{ position: string }>(
      'select position from log.events where position > $1 order by position',
      [last],
    )
    seen.push(...rows.map(({ position }) => position))
    last = seen.at(-1) ?? last
    await pause(2)
  }
  return seen
}

const clients = (n: number): Promise<ClientBase[]> =>
  Promise.all(Array.from({ length: n }, () => connect(t, url)))
const [readers, writers] = [await clients(2), await clients(8)]
const following = readers.map(follow)
await Promise.all(writers.map((client, n) => write(client, n + 1, 70, users)))
writing = false
const seen = await Promise.all(following)

t.test('A reader that continues from the last position it saw misses no event', async (t) => {
  const { rows } = await db.query<{ position: string }>(
    'select position from log.events order by position',
  )
  const all = rows.map(({ position }) => position)
  t.ok(all.length > 400, `${all.length} events`)
  for (const positions of seen) t.strictSame(positions, all)
})

t.test('The versions of every stream are 1, 2, 3 …, in the order of positions', async (t) => {
  const { rows } = await db.query(`
    select stream_id from (
      select stream_id, stream_version,
        row_number() over (partition by stream_id order by position) as nth
      from log.events) numbered
    where stream_version <> nth`)
  t.strictSame(rows, [])
})

t.test('The times of events never go back as positions grow', async (t) => {
  const { rows } = await db.query(`
    select position from (
      select position, recorded_at, lag(recorded_at) over (order by position) as before
      from log.events) ordered
    where recorded_at < before`)
  t.strictSame(rows, [])
})

t.test('Every header has its row with the same time, and every row its header', async (t) => {
  const { rows: types } = await db.query<{ type: string }>('select type from log.event_types')
  const union = types
    .map(({ type }) => `select '${type}' as type, position, recorded_at from log.${type}`)
    .join(' union all ')
  const { rows } = await db.query(`
    select * from (select type, position, recorded_at from log.events) h
    full join (${union}) r using (type, position, recorded_at)
    where (h is null) <> (r is null)`)
  t.strictSame(rows, [])
})

// These writers change no address and no chosen name, erase no data, and suspend and report no user; the soak of
// addresses, forget-racing.test.ts and test/features/moderation do.
const unwritten = [
  'departed_users_12',
  'left_users_15',
  'replaced_emails_13',
  'reports_17',
  'requested_emails_13',
  'reserved_usernames_14',
  'suspended_users_17',
]

for (const table of await liveTables(db)) {
  t.test(`${table} equals its replay`, async (t) => {
    const rows = await contentsOf(db, table)
    t.equal(rows.length === 0, unwritten.includes(table))
    t.strictSame(await replayed(db, table, 1000), rows)
  })
}
