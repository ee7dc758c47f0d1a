// Rebuild of a damaged table while writers and readers go on. A reader sees the rows of a small damage all
// damaged or all correct, and everything that depends on the table stays as it was.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t, { type Test } from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import {
  append,
  passwordChanged,
  sessionStarted,
  userRegistered,
} from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { backendPid, untilLockWait } from '../../../support/read-models/blocked-sessions.ts'
import { nextVersion } from '../../../support/read-models/next-version.ts'
import {
  damage,
  damageCases,
  populatedDatabase,
  users,
} from '../../../support/read-models/rebuild/damage.ts'
import { epistle, finished } from '../../../support/service.ts'

const { url, db } = await populatedDatabase(t)
const silent = (): void => undefined
// A grant that no release brings.
await db.query('grant insert on read.users_2, read.user_ids_0 to pg_database_owner')

/** What a rebuild must keep: identity, owner, grants, columns, indexes, constraints, references. */
async function definitionOf(table: string): Promise<unknown> {
  const { rows } = await db.query(
    `select c.oid, c.relowner, c.relacl::text, c.relkind,
       (select jsonb_agg(to_jsonb(a) - 'attrelid' order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid) as columns,
       (select jsonb_agg(i.indexrelid || pg_get_indexdef(i.indexrelid) order by i.indexrelid)
        from pg_index i where i.indrelid = c.oid) as indexes,
       (select jsonb_agg(k.oid || pg_get_constraintdef(k.oid) || k.convalidated order by k.oid)
        from pg_constraint k where c.oid in (k.conrelid, k.confrelid)) as constraints,
       (select jsonb_agg(g.oid || g.tgname || g.tgenabled::text order by g.oid)
        from pg_trigger g where g.tgrelid = c.oid) as triggers
     from pg_class c where c.oid = $1::regclass`,
    [`read.${table}`],
  )
  return rows[0]
}

/** A checksum of these rows, without the passwords, which writers change meanwhile. */
async function stateOf(client: ClientBase, table: string, ids: readonly string[]) {
  const { rows } = await client.query<{ state: string }>({
    name: table,
    text: `select md5(string_agg((to_jsonb(r) - 'password_hash')::text, '' order by r.id)) as state
           from read.${table} r where r.id = any ($1::uuid[])`,
    values: [ids],
  })
  return rows[0]?.state ?? 'empty'
}

async function idsOf(table: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(`select id from read.${table}`)
  return rows.map(({ id }) => id)
}

/** Reads until it is over; returns the states in order, without repetitions. */
async function keepReading(t: Test, table: string, ids: readonly string[], isOver: () => boolean) {
  const reader = await connect(t, url)
  const states: string[] = []
  while (!isOver()) {
    const state = await stateOf(reader, table, ids)
    if (state !== states.at(-1)) states.push(state)
    await pause(2)
  }
  return states
}

let registered = 5000

/** Registers users and changes passwords until it is over; the damage may let requests be rejected. */
async function keepWriting(t: Test, isOver: () => boolean, begun: () => void): Promise<void> {
  const writer = await connect(t, url)
  while (!isOver()) {
    registered += 1
    const id = idOf(registered)
    const user = users[registered % users.length] ?? id
    await append(writer, [
      userRegistered(id),
      sessionStarted(id.replace(/^0/, 'a'), id),
      passwordChanged(user, await nextVersion(writer, user), `changed ${id}`),
    ])
    begun()
    await pause(4)
  }
}

for (const each of damageCases) {
  t.test(`Rebuild under readers and writers repairs ${each.title}`, async (t) => {
    const { table } = each
    const definition = await definitionOf(table)
    const before = await idsOf(table)
    await damage(db, each.sql)
    // The first rows by key and the damaged rows: a rebuild replaces them in one transaction.
    const ids = [...users, ...each.rows.map(({ key }) => key.id)]
    const damaged = await stateOf(db, table, ids)
    let over = false
    const reading = keepReading(t, table, ids, () => over)
    const client = await connect(t, url)
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const writing = begun.map(({ resolve }) => keepWriting(t, () => over, resolve))
    await Promise.all(begun.map(({ promise }) => promise))
    const replaced = await rebuild(client, dbDirectory, table, silent).finally(() => {
      over = true
    })
    const states = await reading
    await Promise.all(writing)
    const right = await stateOf(db, table, ids)
    t.equal(replaced, each.rows.length || before.length)
    const seen = states.filter((state) => state !== damaged && state !== right)
    t.strictSame(seen, [], 'no reader sees a part of the damage')
    t.ok(states.length <= 2 && states[0] === damaged, 'no reader sees the damage again')
    t.strictSame(await definitionOf(table), definition)
    t.strictSame((await idsOf(table)).filter((id) => before.includes(id)).length, before.length)
    t.strictSame(await damagedTables(db), [])
  })
}

t.test('References to a rebuilt table lead to its rows', async (t) => {
  const { rows } = await db.query(
    `select id from (select src_id as id from read.messages_3
       union all select user_id from read.sessions_2 union all select user_id from read.sessions_0) r
     where not exists (select from read.user_ids_0 u where u.id = r.id)`,
  )
  t.strictSame(rows, [])
  await t.rejects(
    db.query('delete from read.user_ids_0 where id in (select user_id from read.sessions_2)'),
    { code: '23503' },
    'the references are still enforced',
  )
})

t.test('Rebuild waits for an open append and keeps its events', async (t) => {
  const [writer, client] = [await connect(t, url), await connect(t, url)]
  const [id] = users
  await db.query(`update read.users_2 set email = 'elsewhere@x.org' where id = $1`, [id])
  await writer.query('begin')
  await append(writer, [userRegistered(idOf(4000))])
  const pid = await backendPid(client)
  const rebuilding = rebuild(client, dbDirectory, 'users_2', silent)
  await untilLockWait(db, pid, 0)
  const { rows } = await db.query('select email from read.users_2 where id = $1', [id])
  t.strictSame(rows, [{ email: 'elsewhere@x.org' }])
  await writer.query('commit')
  t.equal(await rebuilding, 1)
  t.ok((await idsOf('users_2')).includes(idOf(4000)))
  t.strictSame(await damagedTables(db), [])
})

t.test('Rebuild leaves a correct table as it is', async (t) => {
  const { rows: before } = await db.query('select xmin, id from read.users_1 order by id')
  t.equal(await rebuild(db, dbDirectory, 'users_1', silent), 0)
  const { rows: after } = await db.query('select xmin, id from read.users_1 order by id')
  t.strictSame(after, before)
})

t.test('The rebuild command reports how many rows it replaced', async (t) => {
  await db.query(`update read.users_0 set email = id || '@elsewhere.org' where id = any ($1)`, [
    users,
  ])
  const env = { DATABASE_URL: url }
  const { code, stderr } = await finished(epistle(t, ['rebuild', 'users_0', 'users_1'], { env }))
  t.equal(code, 0)
  t.match(stderr, /users_0 matches the log; 30 rows were replaced/)
  t.match(stderr, /users_1 matches the log; 0 rows were replaced/)
  t.strictSame(await damagedTables(db), [])
})
