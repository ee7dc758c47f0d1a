// The runs of a prepared statement, on a client and on a pool: what is sent, and that every failure leaves the
// connection usable.
import pg from 'pg'
import t from 'tap'
import {
  type Param,
  prepare,
  type Queryable,
  queryBuilder,
} from '../../../src/platform/postgres/prepared.ts'
import { PreparedQuery } from '../../../src/platform/postgres/prepared-query.ts'
import { freshDatabase } from '../../support/database.ts'

interface Tables {
  item: { id: number; words: string[] | null; at: string | null; note: string | null }
}
const items = prepare('items', (param: Param<{ from: number }>) =>
  queryBuilder<Tables>()
    .selectFrom('item')
    .selectAll()
    .where('id', '>=', param('from'))
    .orderBy('id'),
)
const adding = prepare(
  'adding',
  (param: Param<{ words: readonly (string | null)[]; at: Date | null; note: string | null }>) =>
    queryBuilder<{ item: Record<string, unknown> }>()
      .insertInto('item')
      .values({
        words: param('words'),
        at: param('at'),
        note: param('note'),
      }),
)

const url = await freshDatabase(t)
const client = new pg.Client(url)
const pool = new pg.Pool({ connectionString: url, max: 1, query_timeout: 20_000 })
await client.connect()
t.teardown(() => Promise.all([client.end(), pool.end()]))
await client.query(
  'create table item (id int generated always as identity, words text[], at timestamptz, note text)',
)

const run = (on: Queryable, name: string, text: string, values: readonly unknown[] = []) =>
  new PreparedQuery(name, text, values).run(on)

t.test('Parameters and values keep their meaning', async (t) => {
  const words = ['two words', '"quoted"', 'back\\slash', '', 'null', null, '{},']
  await adding.all(client, { words, at: new Date('2026-11-29T12:00:00.5Z'), note: 'é😀' })
  await adding.all(pool, { words: [], at: null, note: null })
  const rows = [
    { id: 1, words, at: '2026-11-29T12:00:00.500Z', note: 'é😀' },
    { id: 2, words: [], at: null, note: null },
  ]
  t.same(await items.all(client, { from: 1 }), rows)
  t.same(await items.all(pool, { from: 1 }), rows)
  t.same(await items.all(pool, { from: 3 }), [])
})

t.test('A column keeps its name, whatever characters it has', async (t) => {
  const names = ['it"s', "it's", 'back\\slash', '`note`', 'new\nline', 'constructor', '1']
  const columns = names.map((name, n) => `${n} as ${pg.escapeIdentifier(name)}`)
  const [row] = await run(client, 'names', `select ${columns.join()}`)
  t.same(row, Object.fromEntries(names.map((name, n) => [name, n])))
})

t.test('A connection is asked for the columns once', async (t) => {
  const fresh = new pg.Client(url)
  await fresh.connect()
  t.teardown(() => fresh.end())
  let descriptions = 0
  fresh.connection.on('rowDescription', () => {
    descriptions += 1
  })
  for (let time = 0; time < 3; time += 1) t.equal((await items.all(fresh, { from: 1 })).length, 2)
  t.equal(descriptions, 1)
})

t.test('Runs can be on their way at once over one connection', async (t) => {
  const pipelined = new pg.Client({ connectionString: url, pipeline: true })
  await pipelined.connect()
  t.teardown(() => pipelined.end())
  const divide = (by: number) => run(pipelined, 'divide', 'select 6 / $1::int as result', [by])
  // The first two are sent before PostgreSQL has described the columns.
  for (const [a, b] of [
    [1, 2],
    [3, 6],
  ] as const) {
    const [one, none, two] = await Promise.allSettled([divide(a), divide(0), divide(b)])
    t.match(one, { value: [{ result: 6 / a }] })
    t.match(none, { reason: { code: '22012' } })
    t.match(two, { value: [{ result: 6 / b }] })
  }
})

t.test('A failed run leaves the statement and the connection usable', async (t) => {
  for (const on of [client, pool]) {
    const divide = (by: number) => run(on, 'divide', 'select 1 / $1::int as result', [by])
    await t.rejects(divide(0), { code: '22012' }, 'before the columns are known')
    t.same(await divide(1), [{ result: 1 }])
    await t.rejects(divide(0), { code: '22012' })
    t.same(await divide(1), [{ result: 1 }])
    await t.rejects(run(on, 'nothing', 'select * from nothing'), { code: '42P01' })
    t.same(await divide(1), [{ result: 1 }])
  }
  await t.rejects(run(client, 'divide', 'select 2'), { message: /used for two texts/ })
  t.equal((await items.all(client, { from: 1 })).length, 2)
})

t.test('A value that its parser cannot read fails the run alone', async (t) => {
  const text = `select json '{"a": 1}' as value where $1`
  t.same(await run(pool, 'json', text, [true]), [{ value: { a: 1 } }])
  const parser = pg.types.getTypeParser(pg.types.builtins.JSON)
  pg.types.setTypeParser(pg.types.builtins.JSON, () => {
    throw new SyntaxError('unreadable')
  })
  await t.rejects(run(pool, 'json_again', `${text} `, [true]), { message: 'unreadable' })
  pg.types.setTypeParser(pg.types.builtins.JSON, parser)
  t.same(await run(pool, 'json', text, [true]), [{ value: { a: 1 } }])
})

t.test('A changed table fails the statement rather than its columns', async (t) => {
  await client.query('create table changing (a int)')
  await client.query('insert into changing values (1)')
  const read = () => run(client, 'changing', 'select * from changing')
  t.same(await read(), [{ a: 1 }])
  await client.query('alter table changing add b text')
  await t.rejects(read(), { message: 'cached plan must not change result type' })
})

t.test('A lost connection fails the run', async (t) => {
  const lost = new pg.Client(url)
  lost.on('error', () => undefined)
  await lost.connect()
  const [backend] = await run(lost, 'pid', 'select pg_backend_pid() as pid')
  const failed = t.rejects(run(lost, 'waiting', 'select pg_sleep(60)'))
  await client.query('select pg_terminate_backend($1)', [backend?.pid])
  await failed
})
