// The log is append-only: no role updates, deletes or truncates its tables, not the service role, not
// the owner, not a superuser under session_replication_role = replica.
import type { ClientBase } from 'pg'
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect } from '../support/installed.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const owner = await connect(t, url)
const replica = await connect(t, url)
const service = await connect(t, url)
await replica.query('set session_replication_role = replica')
await service.query('set role epistle_service')

await owner.query(`insert into log.user_registered_0 values ($1, 'ann@example.com', 'a')`, [
  idOf(1),
])

const { rows: tables } = await owner.query<{ name: string; column: string }>(`
  select format('log.%I', c.relname) as name, a.attname as column
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
  where c.relnamespace = 'log'::regnamespace and c.relkind = 'r' order by 1`)

const changes = tables.flatMap(({ name, column }) => [
  `update ${name} set ${column} = ${column}`,
  `delete from ${name}`,
  `truncate ${name} cascade`,
  `merge into ${name} t using (select 1) s on true when matched then delete`,
])

t.test('Changes are tried on every table of the log', async (t) => {
  const names = tables.map(({ name }) => name)
  for (const name of ['events', 'releases', 'release_files', 'event_types', 'message_sent_3']) {
    t.ok(names.includes(`log.${name}`), name)
  }
})

const users: [role: string, client: ClientBase, code: string][] = [
  ['The owner', owner, 'LG002'],
  ['A replica', replica, 'LG002'],
  ['The service role', service, '42501'],
]
for (const [role, client, code] of users) {
  t.test(`${role} cannot change the log`, async (t) => {
    for (const change of changes) await t.rejects(client.query(change), { code }, change)
  })
}

t.test('An insert by a replica is guarded and projected like any other', async (t) => {
  await replica.query(`insert into log.user_registered_0 values ($1, 'bob@example.com', 'b')`, [
    idOf(2),
  ])
  t.equal((await owner.query('select from read.users_2')).rowCount, 2)
  await t.rejects(
    replica.query(
      `insert into log.events (stream_id, stream_version, type) values ($1, 1, 'nothing_9')`,
      [idOf(3)],
    ),
    { code: 'LG004' },
  )
})

t.test('Triggers of the log are enabled always, except one for replicas', async (t) => {
  const { rows } = await owner.query(`
    select tgrelid::regclass::text as table, tgname as name, tgenabled as enabled
    from pg_trigger g join pg_class c on c.oid = g.tgrelid
    where c.relnamespace = 'log'::regnamespace and not tgisinternal and tgenabled <> 'A'`)
  t.strictSame(rows, [{ table: 'log.events', name: '00_row', enabled: 'R' }])
})
