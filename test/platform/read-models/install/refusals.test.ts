// What install refuses: released files that have changed, and releases that would leave a read table
// without an answer to some event. The error names the cause, and the database stays as it was.
import t from 'tap'
import { connect, installInto } from '../../../support/installed.ts'
import { snapshotOf } from '../../../support/read-models/catalogue.ts'
import { type CopiedReleases, copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'
import { displayNames } from '../../../support/read-models/example-releases/display-names.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const types = await eventTypes(db)
const before = await snapshotOf(db)

const { next: n } = await copyReleases(t)
/** The files of a correct release, which the cases below break. */
const good = displayNames(
  n,
  types.filter((type) => !/^(user_registered|password_changed)_/.test(type)),
)
const event = good[`user_registered_${n}`] ?? ''
const users = good[`users_${n}`] ?? ''

/** A new event type without casts, and a read table of its own. */
const note = (column: string): string => `
  create table log.noted_${n} (${column} uuid not null, recorded_at timestamptz not null,
    position bigint constraint noted_${n}_pkey primary key);
  call log.event_table('noted_${n}', aggregate => 'note', stream => '${column}');`
const notes = (rest: string): string => `
  create table notes_${n} (id uuid primary key, position bigint not null);
  ${rest}`
const on = (type: string): string => `
  create function notes_${n}_on(event log.${type}) returns void language plpgsql
  as $$ begin insert into notes_${n} values (event.id, event.position); end $$;`
const key = (table: string): string => `
  alter table users_${n} add constraint users_${n}__unknown foreign key (id) references ${table};`
const ignoring = (ignored: readonly string[]): string => ignores(`notes_${n}`, ignored)

interface Case {
  title: string
  change: (releases: CopiedReleases) => Promise<void>
  error: { name: string; message: string | RegExp }
}

/** Files of the next release that install refuses, and with which message. */
const refusedFiles: Record<string, [files: Record<string, string>, message: string | RegExp]> = {
  'an event type that a read table neither projects nor ignores': [
    { [`notes_${n}`]: notes(ignoring(types.filter((type) => type !== 'message_sent_3'))) },
    `notes_${n} neither projects message_sent_3 nor ignores it`,
  ],
  'a read table that no event reaches': [
    { [`notes_${n}`]: notes(ignoring(types)) },
    `notes_${n} projects no event; it needs at least one projection`,
  ],
  'a new event type that a new read table neither projects nor ignores': [
    { [`noted_${n}`]: note('id'), [`notes_${n}`]: notes(ignoring(types)) },
    `notes_${n} neither projects noted_${n} nor ignores it`,
  ],
  'a new version of an event without a cast to the older ones': [
    { [`user_registered_${n}`]: event.replace(/create function log.user_registered_1[\s\S]*/, '') },
    new RegExp(`user_registered_${n} needs a cast, to a type that users_2 projects`),
  ],
  'a new version of an event without a cast from the older ones': [
    {
      [`user_registered_${n}`]: event.replace(/create function[\s\S]*(?=create function)/, ''),
      [`users_${n}`]: users,
    },
    /needs a cast of log.user_registered_0 to the newest version/,
  ],
  'a new version of an event that its own stream view cannot reach': [
    { [`user_registered_${n}`]: event.replace(/create function[\s\S]*(?=create function)/, '') },
    /log.user_stream_\d+ needs a cast of log.user_registered_0/,
  ],
  'a backport that replaces a projection of an earlier release': [
    {
      users_0: `create or replace function users_0_on(event log.password_changed_2) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /users_0_on\(log.password_changed_2\) would be replaced/,
  ],
  'a file that drops a cast of an earlier release': [
    {
      [`user_registered_${n}`]: `${event}
        drop function log.user_registered_0(log.user_registered_1) cascade;`,
    },
    /log.user_registered_0\(log.user_registered_1\) would be replaced/,
  ],
  'two chains of casts of equal length': [
    {
      [`user_registered_${n}`]: `${event}
        create function log.user_registered_0(event log.user_registered_${n})
        returns log.user_registered_0 language sql immutable
        as $$ select event.id, event.email, event.password_hash, event.recorded_at,
          event.position $$;`,
      [`notes_${n}`]: notes(
        on('user_registered_0') +
          on('user_registered_1') +
          ignoring(types.filter((type) => !type.startsWith('user_registered'))),
      ),
    },
    // A table of an earlier release, which projects both types, is refused first.
    new RegExp(`user_registered_${n} reaches \\w+ by two chains of casts of equal length`),
  ],
  'an event type that a read table both projects and ignores': [
    { [`notes_${n}`]: notes(on('message_sent_3') + ignoring(types)) },
    `notes_${n} projects message_sent_3 and ignores it, too`,
  ],
  'a backport that changes how an event reaches a table': [
    {
      users_0: `create function users_0_on(event log.user_registered_1) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /user_registered_1 would reach users_0 in another way than before/,
  ],
  'a backport whose table would miss the history of an event': [
    {
      sessions_0: `create function sessions_0_on(event log.user_registered_1) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /user_registered_1 would reach sessions_0 in another way than before/,
  ],
  'a backport of an event that the read table ignores': [
    {
      user_ids_0: `create function user_ids_0_on(event log.session_started_0) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /user_ids_0 projects session_started_0 and ignores it, too/,
  ],
  'a process manager with a form for one event and one for several': [
    {
      [`greeting_${n}`]: ['event log.message_sent_3', 'events log.message_sent_3[]']
        .map(
          (parameter) => `create function work.greeting_${n}_on(${parameter}) returns void
          language plpgsql as $$ begin end $$;`,
        )
        .join(''),
    },
    `greeting_${n} has two functions for message_sent_3, one by one and many at once`,
  ],
  'a file that is not SQL': [
    { [`notes_${n}`]: notes('create tabel;') },
    new RegExp(`^db/releases/${n}-added/notes_${n}.sql: syntax error`),
  ],
  'a file that refers to a type that does not exist': [
    { [`notes_${n}`]: notes(on('nothing_7')) },
    new RegExp(`^db/releases/${n}-added/notes_${n}.sql: type "?log.nothing_7"? does not exist`),
  ],
  'an index on a table in use': [
    { ...good, [`users_${n}`]: `${users} create index on log.user_registered_0 (email);` },
    /takes a lock on log.user_registered_0 \(ShareLock\), which is in use/,
  ],
  'a foreign key that names the schema': [
    { ...good, [`users_${n}`]: `${users} ${key('read.user_ids_0')}` },
    /takes a lock on read.user_ids_0 \(ShareRowExclusiveLock\), which is in use/,
  ],
  'a function that depends on another read table': [
    {
      ...good,
      [`users_${n}`]: `${users} ${key('user_ids_0')} create function users_${n}_others()
        returns bigint language sql begin atomic select count(*) from user_ids_0; end;`,
    },
    /users_\d+_others.* of a new read table uses a read table that exists already/,
  ],
  'an event table without a position': [
    { [`noted_${n}`]: note('id').replace('position', 'place') },
    new RegExp(`^db/releases/${n}-added/noted_${n}.sql: .*must have "position bigint primary key"`),
  ],
}

const cases: Case[] = [
  {
    title: 'a released file that has changed',
    change: (releases) => releases.append('0-registration/users_0.sql', '-- changed\n'),
    error: {
      name: 'InstallError',
      message: /db\/releases\/0-registration\/users_0.sql has changed/,
    },
  },
  {
    title: 'a released file that is missing',
    change: (releases) => releases.remove('2-changeable-passwords/users_1.sql'),
    error: {
      name: 'InstallError',
      message: /db\/releases\/2-changeable-passwords\/users_1.sql is gone/,
    },
  },
  {
    title: 'a new file in a released folder',
    change: (releases) => releases.write('2-changeable-passwords/user_ids_0.sql', 'select 1;'),
    error: {
      name: 'InstallError',
      message: /db\/releases\/2-changeable-passwords\/user_ids_0.sql is new/,
    },
  },
  {
    title: 'a release that skips a number',
    change: (releases) =>
      releases.write(`${n + 1}-late/late_${n + 1}.sql`, `create table late_${n + 1} ()`),
    error: { name: 'ReleaseError', message: new RegExp(`but ${n} is missing or used twice`) },
  },
  {
    title: 'two releases with the same number',
    change: (releases) => releases.write('1-again/users_1.sql', 'create table users_1 ('),
    error: { name: 'ReleaseError', message: /but [12] is missing or used twice/ },
  },
  {
    title: 'a file named after a table of a later release',
    change: (releases) => releases.add({ [`users_${n + 1}`]: '' }),
    error: { name: 'ReleaseError', message: new RegExp(`${n}-added/users_${n + 1}.sql must be`) },
  },
  {
    title: 'a file whose name has no release number',
    change: (releases) => releases.add({ users: '' }),
    error: { name: 'ReleaseError', message: new RegExp(`${n}-added/users.sql must be named`) },
  },
  {
    title: 'a file that creates no table of its name',
    change: (releases) => releases.add({ [`users_${n}`]: 'select 1;' }),
    error: { name: 'ReleaseError', message: new RegExp(`${n}-added/users_${n}.sql must contain`) },
  },
  ...Object.entries(refusedFiles).map(([title, [files, message]]) => ({
    title,
    change: (releases: CopiedReleases) => releases.add(files),
    error: { name: 'InstallError', message },
  })),
]

for (const { title, change, error } of cases) {
  t.test(`Install refuses ${title} and leaves the database as it was`, async (t) => {
    const releases = await copyReleases(t)
    await change(releases)
    await t.rejects(installInto(url, { directory: releases.directory }), error)
    t.strictSame(await snapshotOf(db), before)
  })
}

t.test('Install accepts a correct release after all these refusals', async (t) => {
  const releases = await copyReleases(t)
  await releases.add(good)
  const said = await installInto(url, { directory: releases.directory })
  t.strictSame(said, [
    `release ${n} (added) is declared`,
    `users_${n} is live`,
    `the database has release ${n}`,
  ])
})
