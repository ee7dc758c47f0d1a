// What install refuses: released files that are not what they were, and releases that would leave
// an event unknown to a read table. The error names the culprit, and nothing is left behind.
import t from 'tap'
import { connect, installInto } from '../../../support/installed.ts'
import { displayNames } from '../../../support/read-models/added-release.ts'
import { snapshotOf } from '../../../support/read-models/catalogue.ts'
import { type CopiedReleases, copyReleases } from '../../../support/read-models/copied-releases.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const { rows } = await db.query<{ type: string }>('select type from log.event_types order by type')
const types = rows.map(({ type }) => `log.${type}`)
const before = await snapshotOf(db)

const { next: n } = await copyReleases(t)
/** The files of a good release, which the cases below spoil. */
const good = displayNames(
  n,
  rows.flatMap(({ type }) => (/^(user_registered|password_changed)_/.test(type) ? [] : [type])),
)
const event = good[`user_registered_${n}`] ?? ''
const users = good[`users_${n}`] ?? ''

/** An event type of its own that nothing leads to, and a read table of its own. */
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
const ignores = (ignored: readonly string[]): string => `
  create function notes_${n}_ignores(${ignored.join(', ')}) returns void language sql as '';`

interface Case {
  title: string
  spoil: (releases: CopiedReleases) => Promise<void>
  error: { name: string; message: string | RegExp }
}

const faults: Record<string, [files: Record<string, string>, message: string | RegExp]> = {
  'an event type that a read table neither projects nor ignores': [
    { [`notes_${n}`]: notes(ignores(types.filter((type) => type !== 'log.message_sent_3'))) },
    `notes_${n} neither projects message_sent_3 nor ignores it`,
  ],
  'a read table that nothing reaches': [
    { [`notes_${n}`]: notes(ignores(types)) },
    `notes_${n} projects no event; it needs at least one projection`,
  ],
  'an event type of its own that a read table forgets': [
    { [`noted_${n}`]: note('id'), [`notes_${n}`]: notes(ignores(types)) },
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
    /log.user_stream_\d needs a cast of log.user_registered_0/,
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
          ignores(types.filter((type) => !type.startsWith('log.user_registered'))),
      ),
    },
    `user_registered_${n} reaches notes_${n} by two chains of casts of equal length`,
  ],
  'an event type that a read table both projects and ignores': [
    { [`notes_${n}`]: notes(on('message_sent_3') + ignores(types)) },
    `notes_${n} projects message_sent_3 and ignores it, too`,
  ],
  'a backport that changes a cell which is filled': [
    {
      users_0: `create function users_0_on(event log.user_registered_1) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /user_registered_1 would reach users_0 in another way than before/,
  ],
  'a backport that fills a cell whose history it would miss': [
    {
      sessions_0: `create function sessions_0_on(event log.user_registered_1) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /user_registered_1 would reach sessions_0 in another way than before/,
  ],
  'a backport of what a read table ignores': [
    {
      user_ids_0: `create function user_ids_0_on(event log.session_started_0) returns void
        language plpgsql as $$ begin end $$;`,
    },
    /user_ids_0 projects session_started_0 and ignores it, too/,
  ],
  'a file that is no SQL': [
    { [`notes_${n}`]: notes('create tabel;') },
    new RegExp(`^db/releases/${n}-added/notes_${n}.sql: syntax error`),
  ],
  'a file that refers to what is nowhere': [
    { [`notes_${n}`]: notes(on('nothing_7')) },
    new RegExp(`^db/releases/${n}-added/notes_${n}.sql: type "?log.nothing_7"? does not exist`),
  ],
  'an event table without a position': [
    { [`noted_${n}`]: note('id').replace('position', 'place') },
    new RegExp(`^db/releases/${n}-added/noted_${n}.sql: .*must have "position bigint primary key"`),
  ],
}

const cases: Case[] = [
  {
    title: 'a released file that has changed',
    spoil: (releases) => releases.append('0-registration/users_0.sql', '-- changed\n'),
    error: {
      name: 'InstallError',
      message: /db\/releases\/0-registration\/users_0.sql has changed/,
    },
  },
  {
    title: 'a released file that is gone',
    spoil: (releases) => releases.remove('2-changeable-passwords/users_1.sql'),
    error: {
      name: 'InstallError',
      message: /db\/releases\/2-changeable-passwords\/users_1.sql is gone/,
    },
  },
  {
    title: 'a file that is new in a released folder',
    spoil: (releases) => releases.write('2-changeable-passwords/user_ids_0.sql', 'select 1;'),
    error: {
      name: 'InstallError',
      message: /db\/releases\/2-changeable-passwords\/user_ids_0.sql is new/,
    },
  },
  {
    title: 'a release that skips a number',
    spoil: (releases) =>
      releases.write(`${n + 1}-late/late_${n + 1}.sql`, `create table late_${n + 1} ()`),
    error: { name: 'ReleaseError', message: new RegExp(`but ${n} is missing or used twice`) },
  },
  {
    title: 'two releases of one number',
    spoil: (releases) => releases.write('1-again/users_1.sql', 'create table users_1 ('),
    error: { name: 'ReleaseError', message: /but [12] is missing or used twice/ },
  },
  {
    title: 'a file named after a table of a later release',
    spoil: (releases) => releases.add({ [`users_${n + 1}`]: '' }),
    error: { name: 'ReleaseError', message: new RegExp(`${n}-added/users_${n + 1}.sql must be`) },
  },
  {
    title: 'a file named after no release',
    spoil: (releases) => releases.add({ users: '' }),
    error: { name: 'ReleaseError', message: new RegExp(`${n}-added/users.sql must be named`) },
  },
  {
    title: 'a file that makes no table of its name',
    spoil: (releases) => releases.add({ [`users_${n}`]: 'select 1;' }),
    error: { name: 'ReleaseError', message: new RegExp(`${n}-added/users_${n}.sql must contain`) },
  },
  ...Object.entries(faults).map(([title, [files, message]]) => ({
    title,
    spoil: (releases: CopiedReleases) => releases.add(files),
    error: { name: 'InstallError', message },
  })),
]

for (const { title, spoil, error } of cases) {
  t.test(`refused by name, leaving nothing: ${title}`, async (t) => {
    const releases = await copyReleases(t)
    await spoil(releases)
    await t.rejects(installInto(url, { directory: releases.directory }), error)
    t.strictSame(await snapshotOf(db), before)
  })
}

t.test('after all that, a good release is installed', async (t) => {
  const releases = await copyReleases(t)
  await releases.add(good)
  const said = await installInto(url, { directory: releases.directory })
  t.strictSame(said, [
    `release ${n} (added) is declared`,
    `users_${n} is live`,
    `the database has release ${n}`,
  ])
})
