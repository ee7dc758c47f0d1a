// The service role may read log and read, append through log.append, log.append_<type> and log.append1_<type>, and call the pure
// casts. With any other right it could forge a row without an event.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect } from '../support/installed.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

const denied = { code: '42501' }
const url = await stepwiseDatabase(t)
const owner = await connect(t, url)
const service = await connect(t, url)

const [ann] = [idOf(1)]
await owner.query(`insert into log.user_registered_1 values ($1, 'ann@example.com', 'a', 'ann')`, [
  ann,
])
await service.query('set role epistle_service')

/** Every table and view of a schema. */
async function relations(schema: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1
     union all
     select format('%I.%I', schemaname, viewname) from pg_views where schemaname = $1`,
    [schema],
  )
  return rows.map(({ name }) => name).sort()
}

t.test(
  'The service role may execute appends, casts, replays and the erasure of users who left, no other routine',
  async (t) => {
    const { rows } = await owner.query<{ routine: string; may: boolean }>(`
    select p.oid::regprocedure::text as routine,
      has_function_privilege('epistle_service', p.oid, 'execute') as may
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('log', 'read', 'engine', 'limits', 'sessions', 'work') order by 1`)
    t.ok(rows.length > 50, `${rows.length} routines`)
    const { rows: types } = await owner.query<{ type: string }>('select type from log.event_types')
    t.strictSame(
      rows
        .filter(({ may }) => may)
        .map(({ routine }) => routine.replace(/_(\d+)\(uuid(\[\])?,.*/, '_$1')),
      [
        'log.append(jsonb)',
        ...types
          .flatMap(({ type }) => [`log.append1_${type}`, `log.append_${type}`])
          // The service cannot record an erasure.
          .filter((name) => !/forgotten/.test(name))
          .sort(),
        'log.casts_of(text)',
        'log.compare_as_of(text,bigint,text[],boolean,text[],integer,integer)',
        'log.forget_left(uuid,text[])',
        ...['log.is_guarded()', 'log.lacks_append_lock()', 'log.matrix()'],
        'log.renew_statistics()',
        'log.rows_as_of(text,bigint,text[],integer,integer)',
        'log.session_started_0(log.session_started_10)',
        'log.session_started_10(log.session_started_0)',
        ...['log.standby_name()', 'log.standbys()'],
        'log.user_registered_0(log.user_registered_1)',
        'log.user_registered_1(log.user_registered_0)',
        'log.username_changed_14(log.username_changed_9)',
        'log.username_changed_9(log.username_changed_14)',
      ],
    )
  },
)

t.test('The service role reads every table of log and read', async (t) => {
  for (const table of [...(await relations('log')), ...(await relations('read'))]) {
    await t.resolves(service.query(`select count(*) from ${table}`), table)
  }
})

for (const schema of ['log', 'read']) {
  t.test(`The service role cannot write to tables of ${schema}`, async (t) => {
    const { rows } = await owner.query(
      `select format('%s %s', privilege, c.oid::regclass) as granted
       from pg_class c cross join unnest(array['insert', 'update', 'delete', 'truncate',
         'references', 'trigger']) privilege
       where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'v', 'p')
         and has_table_privilege('epistle_service', c.oid, privilege)`,
      [schema],
    )
    t.strictSame(rows, [])
  })

  t.test(`The service role cannot create tables in ${schema}`, async (t) => {
    await t.rejects(service.query(`create table ${schema}.mine (id int)`), denied)
  })
}

t.test('The service role changes the counts of limits and reads their secret', async (t) => {
  const { rows } = await owner.query(
    `select format('%s %s', privilege, c.oid::regclass) as granted
     from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate',
       'references', 'trigger']) privilege
     where c.relnamespace = 'limits'::regnamespace and c.relkind = 'r'
       and has_table_privilege('epistle_service', c.oid, privilege)
     order by format('%s %s', privilege, c.oid::regclass) collate "C"`,
  )
  t.strictSame(
    rows.map(({ granted }) => granted),
    [
      'delete limits.counts',
      'insert limits.counts',
      'select limits.counts',
      'select limits.secret',
      'update limits.counts',
    ],
  )
  await t.rejects(service.query('create table limits.mine (id int)'), denied)
})

t.test('The service role records uses of sessions', async (t) => {
  const { rows } = await owner.query(
    `select has_table_privilege('epistle_service', 'sessions.uses', 'select, insert, update, delete') as may,
       has_table_privilege('epistle_service', 'sessions.uses', 'truncate, references, trigger') as more`,
  )
  t.strictSame(rows, [{ may: true, more: false }])
  await t.rejects(service.query('create table sessions.mine (id int)'), denied)
})

t.test('The service role records its readers', async (t) => {
  const { rows } = await owner.query(
    `select has_table_privilege('epistle_service', 'work.readers', 'select, insert, update, delete') as may,
       has_table_privilege('epistle_service', 'work.readers', 'truncate, references, trigger') as more`,
  )
  t.strictSame(rows, [{ may: true, more: false }])
})

t.test('The service role cannot draw a position', async (t) => {
  await t.rejects(service.query(`select nextval('log.events_position_seq')`), denied)
})

t.test('The service role cannot call the engine', async (t) => {
  await t.rejects(service.query('select * from engine.chains()'), denied)
  await t.rejects(service.query('select engine.make_stream_views()'), denied)
})

t.test('No role but the service role and the owner may append', async (t) => {
  const { rows } = await owner.query(
    `select oid::regprocedure from pg_proc where proname ~ '^append' and has_function_privilege('pg_monitor', oid, 'execute')`,
  )
  t.strictSame(rows, [])
})

t.test('The service role cannot insert a header or a row', async (t) => {
  await t.rejects(
    service.query(`insert into log.user_registered_0 values ($1, 'b@example.com', 'b')`, [idOf(2)]),
    denied,
  )
  await t.rejects(
    service.query(
      `insert into log.events (stream_id, stream_version, type) values ($1, 1, 'message_sent_3')`,
      [idOf(2)],
    ),
    denied,
  )
})

t.test(
  'The service role cannot forge a user by a projection, a trigger function or a replay',
  async (t) => {
    const event = `row($1::uuid, 'b@example.com', 'b', null, now(), 9)::log.user_registered_1`
    await t.rejects(service.query(`select read.users_2_on(${event})`, [idOf(2)]), denied)
    await t.rejects(service.query('select read.users_2_replay(0, 9, 1)'), denied)
    const project = `select log.user_registered_1_project(array[${event}], true, '{users_2}')`
    await t.rejects(service.query(project, [idOf(2)]), denied)
    await t.rejects(
      service.query(`
      create temporary table forged (like log.user_registered_1);
      create trigger forged after insert on forged referencing new table as appended
        for each statement execute function log.user_registered_1_guard()`),
      denied,
    )
  },
)

t.test(
  'An append writes to the read table, not to a temporary table of the same name',
  async (t) => {
    await service.query('create temporary table users_2 (like read.users_2)')
    const data = { id: idOf(3), email: 'c@example.com', password_hash: 'c', username: 'cid' }
    const event = { stream_id: idOf(3), stream_version: 1, type: 'user_registered_1', data }
    const { rows } = await service.query('select log.append($1) as results', [
      JSON.stringify([{ events: [event] }]),
    ])
    t.match(rows, [{ results: [{ position: /^\d+$/ }] }])
    t.equal((await service.query('select from pg_temp.users_2')).rowCount, 0)
    t.equal((await service.query('select from read.users_2')).rowCount, 2)
  },
)

t.test('The service role reads streams through casts', async (t) => {
  const { rows } = await service.query(
    `select type, standing from log.user_stream_0 where stream_id = $1`,
    [ann],
  )
  t.strictSame(rows, [{ type: 'user_registered_0', standing: 'known' }])
})

t.test('A role without rights cannot use any of the schemas', async (t) => {
  const { rows } = await owner.query(`
    select nspname from pg_namespace
    where nspname in ('log', 'read', 'engine', 'limits', 'sessions', 'work') and has_schema_privilege('pg_monitor', oid, 'usage')`)
  t.strictSame(rows, [])
})

t.test('Granting the rights again changes nothing in the catalogue', async (t) => {
  const touched = async () => {
    const { rows } = await owner.query(
      `select oid, xmin::text, nspname::text as name from pg_namespace
       union all select oid, xmin::text, proname::text from pg_proc
       union all select oid, xmin::text, relname::text from pg_class
       order by oid, name`,
    )
    return rows
  }
  const before = await touched()
  await owner.query('call engine.grant_rights()')
  t.strictSame(await touched(), before)
})

t.test(
  'Granting the rights again restores rights that were granted or revoked by hand',
  async (t) => {
    const rights = async () => {
      const { rows } = await owner.query(
        `select nspacl::text as acl from pg_namespace where nspname in ('log', 'read')
       union all select (select string_agg(a::text, ',' order by a::text) from unnest(proacl) a)
         from pg_proc where pronamespace in ('log'::regnamespace, 'read'::regnamespace)
       union all select (select string_agg(a::text, ',' order by a::text) from unnest(relacl) a)
         from pg_class where relnamespace in ('log'::regnamespace, 'read'::regnamespace)
       order by 1`,
      )
      return rows
    }
    const before = await rights()
    await owner.query(`
    grant execute on all routines in schema log, read to public;
    revoke usage on schema read from epistle_service;
    revoke select on log.user_stream_1, read.users_2 from epistle_service;
    revoke execute on function log.append(jsonb), log.user_registered_1(log.user_registered_0)
      from epistle_service; revoke execute on function log.is_guarded() from public`)
    t.notSame(await rights(), before)
    await owner.query('call engine.grant_rights()')
    t.strictSame(await rights(), before)
  },
)
