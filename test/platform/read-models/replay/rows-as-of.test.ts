// Read tables as of a position with the login of the servers: the rows that each table had then, and nothing else that
// this login could not do before.
import t from 'tap'
import { openSession } from '../../../../src/platform/postgres/session.ts'
import {
  type ComparedRow,
  type ComparisonWanted,
  compareAsOf,
  rowsAsOf,
} from '../../../../src/platform/read-models/replay/rows-as-of.ts'
import { append, messageSent, passwordChanged } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect } from '../../../support/installed.ts'
import { write } from '../../../support/racing-writers.ts'
import { liveTables } from '../../../support/read-models/contents.ts'
import { nextVersion } from '../../../support/read-models/next-version.ts'
import { populatedDatabase, users } from '../../../support/read-models/rebuild/damage.ts'

const { url, db } = await populatedDatabase(t)
const session = { role: 'epistle_service', statementTimeout: '60s', idleInTransactionTimeout: '5s' }
const service = await openSession(url, session, {})
t.teardown(() => service.end())
await db.query(`set time zone 'UTC'; set extra_float_digits = 1`)
const [ann = '', bob = ''] = users
const tables = await liveTables(db)

async function namesOf(table: string): Promise<string[]> {
  const { rows } = await db.query(
    `select array_agg(attname::text order by attnum) as names from pg_attribute
     where attrelid = $1::regclass and attnum > 0`,
    [`read.${table}`],
  )
  return rows[0].names
}

/** All rows of now, as texts that are sorted. */
async function rowsNow(table: string): Promise<string[]> {
  const columns = (await namesOf(table)).map((name) => `"${name}"::text`)
  const { rows } = await db.query(`select array[${columns}] as row from read.${table}`)
  return rows.map(({ row }) => JSON.stringify(row)).sort()
}

async function position(): Promise<string> {
  return (await db.query('select max(position)::text as head from log.events')).rows[0].head
}

const wanted = async (table: string, at: string) => ({
  ...{ table, moment: { position: at }, columns: await namesOf(table) },
  ...{ offset: 0, limit: 10_000 },
})
const comparison = async (table: string, at: string, more: Partial<ComparisonWanted> = {}) =>
  compareAsOf(service, { ...(await wanted(table, at)), differing: true, after: undefined, ...more })

t.test('Each table has the rows that it had at a position, and of now at the end', async (t) => {
  const before = await position()
  const held = new Map<string, string[]>()
  for (const table of tables) held.set(table, await rowsNow(table))
  await append(db, [messageSent(idOf(7_000), ann, bob)])
  await write(db, 2, 30, users)
  for (const table of tables) {
    const { rows } = await rowsAsOf(service, await wanted(table, before))
    t.strictSame(rows.map((row) => JSON.stringify(row)).sort(), held.get(table), table)
    t.match(await comparison(table, await position()), { added: 0, changed: 0, removed: 0 }, table)
  }
  t.strictSame((await rowsAsOf(service, await wanted('users_2', '0'))).rows, [])
})

t.test('A comparison names what was added, changed and removed since, in pages', async (t) => {
  const before = await position()
  await append(db, [
    messageSent(idOf(7_001), ann, bob),
    passwordChanged(ann, await nextVersion(db, ann), 'another'),
  ])
  t.match(await comparison('messages_3', before), {
    ...{ added: 1, changed: 0, removed: 0, earlier: { position: before, recordedAt: Date } },
    ...{ now: { position: await position() }, rows: [{ change: 'added', earlier: null }] },
  })
  const password = { change: 'changed', key: [ann], columns: ['password_hash'] }
  t.match(await comparison('users_2', before), { changed: 1, rows: [password] })
  const shown = await comparison('users_2', before, { columns: ['id'], differing: false })
  const plain = shown.rows.find(({ key }) => key[0] === ann)
  t.match(
    plain,
    { change: 'changed', earlier: [ann], columns: [] },
    'no column that is not asked for',
  )
  const same = shown.rows.filter(({ change }) => change === 'same')
  t.equal(same.length, shown.rows.length - 1)
  const paged: ComparedRow[] = []
  for (let after: readonly string[] | undefined; ; ) {
    const page = { differing: false, columns: ['id'], limit: 7, after }
    const { rows } = await comparison('users_2', before, page)
    paged.push(...rows)
    after = rows.at(-1)?.key
    if (rows.length < 7) break
  }
  t.strictSame(paged, shown.rows)
  const rest = { differing: false, columns: ['id'], offset: 28 }
  t.strictSame((await comparison('users_2', before, rest)).rows, shown.rows.slice(28))
})

t.test('A damaged row shows at the end of the log', async (t) => {
  await db.query(`update read.users_2 set registered_at = 'epoch' where id = $1`, [bob])
  const damaged = [{ key: [bob], columns: ['registered_at'] }]
  t.match(await comparison('users_2', await position()), { changed: 1, rows: damaged })
})

t.test('A replay waits for no writer and no maintenance, and leaves nothing behind', async (t) => {
  await db.query('begin; select log.take_append_lock(); lock table read.users_2 in exclusive mode')
  const { rows } = await rowsAsOf(service, await wanted('users_2', await position()))
  await db.query('commit')
  t.equal(rows.length, (await rowsNow('users_2')).length)
  await service.query('begin isolation level repeatable read')
  await service.query(`select log.rows_as_of('messages_10', 100, '{id}', 0, 1)`)
  const locks = await service.query(
    `select from pg_locks where pid = pg_backend_pid() and relation >= 16384`,
  )
  t.equal(locks.rowCount, 0, 'the transaction holds no lock after it')
  await service.query('commit')
  const left = await db.query(
    `select nspname::text from pg_namespace where nspname ~ '^as_of'
     union all select definition from engine.deferred_indexes`,
  )
  t.strictSame(left.rows, [])
})

t.test('A statement that takes too long ends, and an unknown moment is refused', async (t) => {
  const at = await position()
  await service.query(`set statement_timeout = '5ms'`)
  const message = /takes longer to replay than a minute/
  await t.rejects(rowsAsOf(service, await wanted('users_2', at)), {
    name: 'MaintenanceError',
    message,
  })
  await service.query(`set statement_timeout = '60s'`)
  const later = { ...(await wanted('users_2', at)), moment: { position: `${BigInt(at) + 1n}` } }
  await t.rejects(rowsAsOf(service, later), { message: /does not exist yet/ })
  const absent = { ...later, table: 'people_1', moment: { position: at } }
  await t.rejects(rowsAsOf(service, absent), { message: 'people_1 is not a live read table' })
})

t.test('Names are looked up, and never run as SQL', async (t) => {
  const at = await position()
  for (const name of ['id::text, password_hash', 'nope', 'ctid', 'xmin']) {
    const given = { ...(await wanted('users_2', at)), columns: ['id', name] }
    await t.rejects(rowsAsOf(service, given), { code: '42703' }, name)
    await t.rejects(comparison('users_2', at, { columns: [name] }), { code: '42703' }, name)
  }
  const hostile = { after: [`x') or true --`] }
  await t.rejects(comparison('users_2', at, hostile), { code: '22P02' })
})

t.test('No temporary table of the caller takes the place of a copy', async (t) => {
  const attacker = await connect(t, url)
  await attacker.query(`set role epistle_service`)
  await attacker.query(`
    create function pg_temp.steal() returns trigger language plpgsql as $$
      begin raise exception 'the trigger runs as %', current_user; end $$;
    create function pg_temp.users_2_on(log.user_registered_1) returns void language plpgsql as $$
      begin raise exception 'the function runs as %', current_user; end $$;
    create temp table users_2 (like read.users_2);
    create temp table user_ids_0 (like read.user_ids_0);
    create temp table events (position bigint);
    create trigger stolen before insert on users_2 for each row execute function pg_temp.steal();
    create trigger stolen before insert on user_ids_0 for each row execute function pg_temp.steal();
    set search_path = pg_temp, read, log`)
  const at = await position()
  for (const table of ['users_2', 'messages_10', 'reserved_usernames_14']) {
    const { rows } = await rowsAsOf(attacker, await wanted(table, at))
    t.strictSame(
      rows.map((row) => JSON.stringify(row)).length,
      (await rowsNow(table)).length,
      table,
    )
  }
  const schema = `create schema as_of_${Reflect.get(attacker, 'processID')}`
  await t.rejects(attacker.query(schema), { code: '42501' })
  for (const call of [
    `call engine.copy_read_table('users_2', 'read')`,
    `select engine.replay_as_of('users_2', 1)`,
  ]) {
    await t.rejects(attacker.query(call), { code: '42501' }, call)
  }
})
