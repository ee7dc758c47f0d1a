// References of read tables that install and its check refuse by name: those that act by themselves, those
// that are checked only at commit, and those to anything but an identity table, be they foreign keys or
// look-ups by projections. And tables without a key.
import t from 'tap'
import { checkInstall } from '../../../../src/platform/read-models/install/install.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { snapshotOf } from '../../../support/read-models/catalogue.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const otherTypes = await eventTypes(db, /^session_ended_0$/)
const before = await snapshotOf(db)
const { next: n } = await copyReleases(t)

/** A read table with an id and one more column, which projects one event type by this statement. */
const table = (name: string, column: string, projection: string) => ({
  [name]: `
    create table ${name} (id uuid primary key${column});
    create function ${name}_on(event log.session_ended_0) returns void language plpgsql
    as $$ begin ${projection} end $$;
    ${ignores(name, otherTypes)}`,
})
const notes = (column: string) =>
  table(`notes_${n}`, `, ${column}`, `insert into notes_${n} (id) values (event.id);`)

const actions = ['cascade', 'set null', 'set default', 'restrict'].flatMap((action) => [
  `on delete ${action}`,
  `on update ${action}`,
])

const noIdentity = (table: string, by = 'there') =>
  new RegExp(`^notes_${n} refers to ${table} \\(${by}\\), which is not an identity table`, 'm')

/** A projection that refers to another table by a look-up. */
const lookUp = (table: string, other: string) =>
  `insert into ${table} select event.id where exists (select from ${other} where id = event.id);`

const noted = `
  create table log.noted_${n} (id uuid not null, recorded_at timestamptz not null,
    position bigint primary key);
  call log.event_table('noted_${n}', aggregate => 'note', stream => 'id');`
/** An addition to an older table. */
const backport = (table: string, statement: string) => `
  create function ${table}_on(event log.noted_${n}) returns void language plpgsql
  as $$ begin ${statement} end $$;`

const cases: [title: string, files: Record<string, string>, message: RegExp][] = [
  ...actions.map((action): [string, Record<string, string>, RegExp] => [
    `a reference with ${action}`,
    notes(`user_id uuid constraint owner references user_ids_0 ${action}`),
    new RegExp(`^owner of notes_${n} changes rows when user_ids_0 changes, `),
  ]),
  [
    'a reference that is checked at commit',
    notes('user_id uuid constraint owner references user_ids_0 deferrable initially deferred'),
    new RegExp(`^owner of notes_${n} is checked at commit, `),
  ],
  [
    'a unique value that is checked at commit',
    notes('word text constraint once unique deferrable initially deferred'),
    new RegExp(`^once of notes_${n} is checked at commit, `),
  ],
  [
    'a reference to a table whose rows change',
    notes('user_id uuid constraint there references users_2'),
    noIdentity('users_2'),
  ],
  [
    'a reference to a table whose rows can be deleted',
    {
      ...notes(`tag_id uuid constraint there references tag_ids_${n}`),
      ...table(`tag_ids_${n}`, '', `delete from tag_ids_${n} where id = event.id;`),
    },
    noIdentity(`tag_ids_${n}`),
  ],
  [
    'a look-up in a table whose rows change',
    table(`notes_${n}`, '', lookUp(`notes_${n}`, 'users_2')),
    noIdentity('users_2', `notes_${n}_on`),
  ],
  [
    'a look-up in a table whose rows can be deleted',
    {
      ...table(`notes_${n}`, '', lookUp(`notes_${n}`, `tag_ids_${n}`)),
      ...table(`tag_ids_${n}`, '', `delete from tag_ids_${n} where id = event.id;`),
    },
    noIdentity(`tag_ids_${n}`, `notes_${n}_on`),
  ],
  [
    'look-ups in a circle',
    {
      ...table(`notes_${n}`, '', lookUp(`notes_${n}`, `tag_ids_${n}`)),
      ...table(`tag_ids_${n}`, '', lookUp(`tag_ids_${n}`, `notes_${n}`)),
    },
    noIdentity(`tag_ids_${n}`, `notes_${n}_on`),
  ],
  [
    'a backport with a look-up that its table did not have',
    {
      [`noted_${n}`]: noted,
      users_2: backport('users_2', 'perform from user_ids_0 where id = event.id;'),
    },
    /^a projection of users_2 would look rows up in user_ids_0, which no earlier one does; /m,
  ],
  [
    'a backport of an identity table with a look-up in a circle',
    {
      [`noted_${n}`]: noted,
      user_ids_0: backport('user_ids_0', 'perform from messages_10 where id = event.id;'),
    },
    /^a projection of user_ids_0 would look rows up in messages_10, which no earlier one does; /m,
  ],
  [
    'a table without a primary key',
    Object.fromEntries(
      Object.entries(notes('word text')).map(([name, text]) => [
        name,
        text.replace(' primary key', ''),
      ]),
    ),
    new RegExp(`^notes_${n} has no primary key; `),
  ],
  [
    'a reference to the log',
    notes('at bigint constraint there references log.events'),
    noIdentity('events'),
  ],
  [
    'a backport that deletes rows to which others refer',
    {
      [`noted_${n}`]: noted,
      user_ids_0: `
        create function user_ids_0_on(event log.noted_${n}) returns void language sql
        begin atomic delete from user_ids_0 where id = event.id; end;`,
    },
    /^messages_\d+ refers to user_ids_0 \(messages_\d+_on\), which is not an identity table/m,
  ],
]

for (const [title, files, message] of cases) {
  t.test(`Install and its check refuse ${title} and leave the database as it was`, async (t) => {
    const releases = await copyReleases(t)
    const { directory } = releases
    await releases.add(files)
    const error = { name: 'InstallError', message }
    await t.rejects(installInto(url, { directory }), error)
    await t.rejects(checkInstall({ client: db, directory, say: () => undefined }), error)
    t.strictSame(await snapshotOf(db), before)
  })
}

t.test('A projection refers to the tables that it names, except in comments', async (t) => {
  const referred = async (name: string) => {
    const { rows } = await db.query(
      'select referred as name from engine.read_references() where name = $1 order by 1',
      [name],
    )
    return rows.map(({ name }) => name)
  }
  t.strictSame(await referred('messages_10'), ['user_ids_0'], 'a look-up')
  t.strictSame(await referred('sessions_10'), ['user_ids_0'], 'a foreign key')
  await db.query('begin')
  await db.query(`create function read.users_2_on(event log.message_sent_3) returns void language plpgsql
    as $$ begin -- user_ids_0
    end $$`)
  t.strictSame(await referred('users_2'), [], 'a comment')
  await db.query('rollback')
})
