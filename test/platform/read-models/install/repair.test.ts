// What a session of the owner changes by hand on tables of the log and on read tables: status and verify report it,
// and install repairs it, under traffic.
import t from 'tap'
import {
  comparesDefinitions,
  findDeviations,
} from '../../../../src/platform/read-models/deviations.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { readSchema } from '../../../../src/platform/read-models/schema.ts'
import { append, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { newMachinery } from '../../../support/read-models/install/later-machinery.ts'
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
    'alter table log.header_checks disable trigger "00_row"',
    'trigger 00_row of log.header_checks was changed',
  ],
  [
    'drop trigger "00_append_only" on log.header_checks',
    'trigger 00_append_only of log.header_checks is missing',
  ],
  [
    `create or replace trigger "00_header" before insert on log.user_registered_0 for each row
     when (false) execute function log.complete_row('id')`,
    'trigger 00_header of log.user_registered_0 was changed',
  ],
  [
    'drop trigger "00_guard" on log.user_registered_1',
    'trigger 00_guard of log.user_registered_1 is missing',
  ],
  [
    `create or replace function log.session_ended_0_project(p_events log.session_ended_0[], p_apart boolean,
       p_live text[]) returns void language plpgsql as 'begin end'`,
    'function session_ended_0_project of log.session_ended_0 was changed',
  ],
  [
    `create or replace function log.is_guarded() returns boolean language plpgsql as 'begin return false; end'`,
    'function is_guarded of log.events was changed',
  ],
  [
    `create or replace function log.accepted_keys(p_table text, p_key uuid) returns setof uuid language sql
       as 'select p_key'`,
    'function accepted_keys of log.events was changed',
  ],
  [
    'drop function log.session_started_0_project',
    'function session_started_0_project of log.session_started_0 is missing',
  ],
  [
    `create or replace function log.message_sent_3_alone(event log.message_sent_3, p_live text[]) returns void
       language plpgsql as 'begin end'`,
    'function message_sent_3_alone of log.message_sent_3 was changed',
  ],
  [
    'drop function log.message_edited_5_alone',
    'function message_edited_5_alone of log.message_edited_5 is missing',
  ],
  [
    'drop function log.append_message_sent_3',
    'function append_message_sent_3 of log.message_sent_3 is missing',
  ],
  [
    'drop function log.append1_message_sent_3',
    'function append1_message_sent_3 of log.message_sent_3 is missing',
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
    'alter table read.sessions_2 drop constraint sessions_2__user_unknown',
    'constraint sessions_2__user_unknown of read.sessions_2 is missing',
  ],
  [
    `alter table read.sessions_2 drop constraint sessions_2_pkey,
     add constraint sessions_2_pkey primary key (id, user_id)`,
    'constraint sessions_2_pkey of read.sessions_2 was changed',
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
  t.match(said, 'may be missing in read tables: run `epistle verify`')
  t.notMatch(
    said,
    /: function append1?_\S+ of \S+ is missing; events since/,
    'events of the type were projected',
  )
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

t.test('An index that a killed build left behind, not valid, gives way', async (t) => {
  await db.query('drop index read.users_2__email_taken')
  await db.query(`insert into read.users_2 select '${idOf(9)}', email, 'x', null, registered_at, 9
    from read.users_2 limit 1`)
  for (const name of ['users_2__email_taken', 'epistle_repair']) {
    const build = `create unique index concurrently ${name} on read.users_2 (lower(email))`
    await t.rejects(db.query(build), { code: '23505' })
  }
  await db.query('delete from read.users_2 where id = $1', [idOf(9)])
  t.match((await installInto(url)).join(), /repaired: index users_2__email_taken/)
  t.strictSame(await findDeviations(db), [])
  const { rows } = await db.query('select from pg_index where not indisvalid')
  t.equal(rows.length, 0)
})

t.test('A new machinery keeps its changes of tables, and the rest is repaired', async (t) => {
  const releases = await copyReleases(t)
  await releases.append('machinery/06-install/2-rights.sql', newMachinery)
  await db.query('alter table log.events disable trigger "00_guard"')
  await db.query('alter table read.users_2 enable row level security')
  const said = (await installInto(url, { directory: releases.directory })).join('\n')
  t.equal(said.match(/repaired/g)?.length, 2, said)
  const objects = await newObjects()
  t.equal(objects.length, 3)
  t.strictSame(await findDeviations(db), [])
  t.notMatch((await installInto(url, { directory: releases.directory })).join(), 'repaired')
  t.strictSame(await newObjects(), objects)
  await db.query('alter table log.events disable trigger "00_extra"')
  t.equal((await findDeviations(db)).length, 1)
})

t.test('After a change of the major version existence and firing are still compared', async (t) => {
  await installInto(url)
  await db.query(`update engine.objects set definition = case kind when 'server' then '14'
    else replace(definition, ' (', '  (') end where kind <> 'trigger'`)
  t.strictSame(await findDeviations(db), [])
  await db.query('alter table log.events disable trigger "00_guard"')
  await db.query('drop index read.users_2__email_taken')
  await db.query('create rule none as on insert to log.session_started_0 do instead nothing')
  await db.query('call engine.record_objects()')
  await db.query(`update engine.objects set definition = '14' where kind = 'server'`)
  const { stdout } = await finished(epistle(t, ['status'], { env }))
  t.match(stdout, /texts of triggers.*not compared.*run `epistle install`/)
  for (const name of ['00_guard of log.events was changed', 'taken of read.users_2 is missing']) {
    t.match(stdout, name)
  }
  t.match(stdout, 'rule none of log.session_started_0 was added')
  await installInto(url)
  t.strictSame(await findDeviations(db), [])
  t.ok(await comparesDefinitions(db))
})

async function newObjects(): Promise<unknown[]> {
  const { rows } = await db.query(
    `select definition from engine.present_objects()
     where name in ('00_extra', 'known') or name = '00_row' and definition ~ 'yes' order by 1`,
  )
  return rows
}
