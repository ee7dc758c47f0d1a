// Queries of Kysely as prepared statements on a real connection.
import { sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import {
  anyOf,
  type Param,
  prepare,
  queryBuilder,
} from '../../../src/platform/postgres/prepared.ts'
import { freshDatabase } from '../../support/database.ts'

interface Notes {
  lookup: { id: string }
  note: { id: string; body: string; at: Date }
}
const db = queryBuilder<Notes>()

const findNotes = prepare('findNotes', (param: Param<{ atLeast: string; body: string }>) =>
  db
    .selectFrom('note')
    .selectAll()
    .where('id', '>=', param('atLeast'))
    .where('body', '=', param('body'))
    .where((eb) => eb.not(eb('id', '=', '0')))
    .orderBy('id'),
)

const key = '019ac2f0-6f3a-7c44-9d0e-3d2c1b0a9f8e'
const findKeys = prepare('findKeys', (param: Param<{ ids: readonly string[] }>) =>
  db
    .selectFrom('lookup')
    .selectAll()
    .where(sql<boolean>`id = ${anyOf(param('ids'), 'uuid')}`),
)

t.test('prepare compiles a query with its parameters in place', async (t) => {
  t.equal(
    findNotes.text,
    'select * from "note" where "id" >= $1 and "body" = $2 and not "id" = $3 order by "id"',
  )
})

t.test('prepare rejects a name that PostgreSQL would truncate', async (t) => {
  const build = () => db.selectFrom('note').selectAll()
  t.throws(() => prepare('x'.repeat(61), build), { message: /longer than 60 bytes/ })
  t.doesNotThrow(() => prepare('x'.repeat(60), build))
})

t.test('a prepared query on a connection', async (t) => {
  const client = new pg.Client(await freshDatabase(t))
  await client.connect()
  t.teardown(() => client.end())
  await client.query('create table note (id bigint, body text, at timestamptz)')
  await client.query(
    `insert into note values (9007199254740993, 'odd', '2030-01-01T12:00:00.123456+02'),
      (2, 'even', now()), (1, 'odd', now())`,
  )

  await t.test('a prepared query gets its named and literal parameters', async (t) => {
    const rows = await findNotes.all(client, { body: 'odd', atLeast: '2' })
    t.equal(rows.length, 1)
    t.same(await findNotes.all(client, { body: 'none', atLeast: '0' }), [])
  })

  await t.test(
    'a prepared query returns a bigint as a decimal string and a timestamptz as RFC 3339',
    async (t) => {
      const row = await findNotes.first(client, { body: 'odd', atLeast: '2' })
      t.equal(row?.id, '9007199254740993')
      t.equal(row?.at, '2030-01-01T10:00:00.123Z')
      t.equal(await findNotes.first(client, { body: 'none', atLeast: '0' }), undefined)
    },
  )

  await t.test('PostgreSQL keeps the prepared statement', async (t) => {
    const { rows } = await client.query('select statement from pg_prepared_statements')
    t.same(rows, [{ statement: findNotes.text }])
  })

  await t.test('a prepared query can use one parameter twice', async (t) => {
    const twice = prepare('twice', (param: Param<{ id: string }>) =>
      db
        .selectFrom('note')
        .select(sql<string>`${param('id')}::text`.as('given'))
        .where('id', '=', param('id')),
    )
    t.same(await twice.all(client, { id: '2' }), [{ given: '2' }])
  })
})

t.test('a look-up by several keys is planned once, and not in every call', async (t) => {
  const client = new pg.Client(await freshDatabase(t))
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`create table lookup (id uuid primary key)`)
  await client.query(`insert into lookup select gen_random_uuid() from generate_series(1, 2000)`)
  await client.query(`insert into lookup values ('${key}')`)
  await client.query('analyze lookup')
  for (let call = 0; call < 7; call += 1) {
    t.same(await findKeys.all(client, { ids: [key] }), [{ id: key }])
  }
  const { rows } = await client.query(
    `select custom_plans, generic_plans from pg_prepared_statements where name = 'findKeys'`,
  )
  t.same(rows, [{ custom_plans: '5', generic_plans: '2' }])
})
