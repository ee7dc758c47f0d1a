// Rows: log.append writes the data of an event into its table unchanged, whatever the types of the columns.
// A value that a column cannot take is refused, never cut.
import t from 'tap'
import { type AppendRequest, append } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const db = await connect(t, await installedDatabase(t))
await db.query(`
  create domain log.grade as int constraint grade__out_of_range check (value between 1 and 6);
  create table log.thing_happened_3 (
    id uuid not null,
    "short Name" varchar(3),
    amount numeric(6, 2),
    facts jsonb,
    words text[],
    grade log.grade,
    bytes bytea,
    recorded_at timestamptz not null,
    position bigint constraint thing_happened_3_pkey primary key
  );
  call log.event_table('thing_happened_3', aggregate => 'thing', stream => 'id');`)

let last = 0

function thing(data: Record<string, unknown>): AppendRequest {
  const id = idOf(++last)
  const type = 'thing_happened_3'
  return { events: [{ stream_id: id, stream_version: 1, type, data: { id, ...data } }] }
}

async function written(data: Record<string, unknown>) {
  const request = thing(data)
  const [result] = await append(db, [request])
  if (!result?.position) return result
  const { rows } = await db.query(
    'select * from log.thing_happened_3 where id = $1 and position = $2',
    [request.events[0]?.stream_id, result.position],
  )
  const { id: _, position: __, recorded_at: ___, ...rest } = rows[0]
  return rest
}

const nothing = {
  'short Name': null,
  amount: null,
  facts: null,
  words: null,
  grade: null,
  bytes: null,
}

t.test('Values of every kind of type are stored as they were sent', async (t) => {
  const data = {
    'short Name': 'é"\\',
    amount: '1234.50',
    facts: { deep: [1, null, { more: 'é' }] },
    words: ['a,b', '{}', 'null'],
    grade: 6,
    bytes: Buffer.from([0, 1, 255]),
  }
  t.strictSame(await written({ ...data, bytes: '\\x0001ff' }), data)
})

t.test('Data that is absent or null is stored as null', async (t) => {
  t.strictSame(await written({}), nothing)
  t.strictSame(await written(nothing), nothing)
})

t.test('A value that is too long for its column fails the call and is not cut', async (t) => {
  await t.rejects(written({ 'short Name': 'four' }), { code: '22001' })
  await t.rejects(written({ amount: '12345.6' }), { code: '22003' })
})

t.test('A value that a domain forbids is refused by the name of its constraint', async (t) => {
  t.match(await written({ grade: 7 }), { constraint: 'grade__out_of_range', sqlstate: '23514' })
})

t.test('The rows of one call are in the order of its requests', async (t) => {
  const requests = ['a', 'b', 'c'].map((name) => thing({ 'short Name': name }))
  await append(db, requests)
  const { rows } = await db.query(
    `select string_agg("short Name", '' order by position) as names from log.thing_happened_3
     where id = any ($1)`,
    [requests.map(({ events }) => events[0]?.stream_id)],
  )
  t.strictSame(rows, [{ names: 'abc' }])
})
