// What a session of the owner changes by hand on tables of the log and on read tables: status and verify report it,
// and install repairs it, under traffic.
import t from 'tap'
import { findDeviations } from '../../../../src/platform/read-models/deviations.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { readSchema } from '../../../../src/platform/read-models/schema.ts'
import { append, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { epistle, finished } from '../../../support/service.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const env = { DATABASE_URL: url }
const db = await connect(t, url)
await append(db, [userRegistered(idOf(1))])
const say = () => undefined
await demote(db, directory, 'users_1', say)
await retire({ client: db, directory, tables: ['users_0'], say })
const before = await readSchema(db)

const changes: [statement: string, report: string][] = [
  [
    'alter table log.events disable trigger "00_guard"',
    'trigger 00_guard of log.events was changed',
  ],
  [
    'alter table log.message_sent_3 enable trigger "00_append_only"',
    'trigger 00_append_only of log.message_sent_3 was changed',
  ],
  ['drop trigger "00_row" on log.events', 'trigger 00_row of log.events is missing'],
  [
    `create or replace trigger "00_header" before insert on log.user_registered_0 for each row
     when (false) execute function log.write_header('id')`,
    'trigger 00_header of log.user_registered_0 was changed',
  ],
  [
    `do $$ begin execute (select format('drop trigger %I on log.user_registered_1', tgname)
     from pg_trigger where tgrelid = 'log.user_registered_1'::regclass and tgname ~ 'users_2_on'); end $$`,
    'users_2_on_user_registered_1 of log.user_registered_1 is missing',
  ],
  [
    `create function public.none() returns trigger language plpgsql as 'begin return null; end';
     create trigger none before insert on log.password_changed_2 for each row
     execute function public.none()`,
    'trigger none of log.password_changed_2 was added by hand',
  ],
  [
    'create rule none as on insert to log.session_started_0 do instead nothing',
    'rule none of log.session_started_0 was added by hand',
  ],
  [
    'create table public.child () inherits (log.user_registered_1)',
    'public.child was made to inherit from log.user_registered_1 by hand',
  ],
  [
    'alter table read.sessions_2 enable row level security',
    'read.sessions_2 has row level security, which was added by hand',
  ],
  [
    'alter table log.events drop constraint events__version_conflict',
    'constraint events__version_conflict of log.events is missing',
  ],
  [
    'alter table log.user_registered_1 drop constraint user_registered_1__username_malformed',
    'constraint user_registered_1__username_malformed of log.user_registered_1 is missing',
  ],
  ['drop index read.users_2__email_taken', 'index users_2__email_taken of read.users_2 is missing'],
  [
    'alter table read.users_2 drop constraint users_2_pkey',
    'constraint users_2_pkey of read.users_2 is missing',
  ],
  [
    'alter table read.messages_5 drop constraint messages_5__sender_unknown',
    'constraint messages_5__sender_unknown of read.messages_5 is missing',
  ],
  [
    `alter table read.users_2 add constraint long check (username > 'a')`,
    'constraint long of read.users_2 was added by hand',
  ],
]

t.test('After installs, a demotion and a retirement there are no deviations', async (t) => {
  t.strictSame(await findDeviations(db), [])
})

t.test('Status and verify report each change by hand, and install repairs all', async (t) => {
  for (const [statement] of changes) await db.query(statement)
  const status = await finished(epistle(t, ['status'], { env }))
  for (const [, report] of changes) t.match(status.stdout, report)
  t.equal((await findDeviations(db)).length, changes.length, 'there is no false report')
  const said = (await installInto(url)).join('\n')
  for (const [, report] of changes) t.match(said, new RegExp(`repaired: .*${report}`))
  t.strictSame(await findDeviations(db), [])
  t.equal(await readSchema(db), before)
  await append(db, [userRegistered(idOf(2))])
  t.strictSame(await damagedTables(db), [])
  t.notMatch((await installInto(url)).join(), 'repaired', 'a further install repairs nothing')
})

t.test('verify exits with 1 where only the guards differ', async (t) => {
  await db.query('alter table log.events disable trigger "00_append_only"')
  const { code, stdout } = await finished(epistle(t, ['verify', 'users_2'], { env }))
  t.equal(code, 1)
  t.match(
    stdout,
    /users_2 matches the log.*\n.*00_append_only of log.events was changed; run `epistle inst/,
  )
  await installInto(url)
})

t.test('Where rows violate a lost constraint, install names it and what to do', async (t) => {
  await db.query('drop index read.users_2__email_taken')
  await db.query(`insert into read.users_2 select '${idOf(9)}', email, 'x', null, registered_at, 9
    from read.users_2 limit 1`)
  await t.rejects(installInto(url), {
    name: 'InstallError',
    message:
      /users_2__email_taken of read.users_2 is missing, and cannot be repaired: Key .*dropped by hand/,
  })
  await db.query('drop table read.users_2 cascade')
  await installInto(url)
  t.strictSame(await findDeviations(db), [])
  t.strictSame(await damagedTables(db), [])
})
