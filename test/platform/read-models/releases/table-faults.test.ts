// Tables that install and its check refuse, because a replay, a comparison or a repair of them would differ
// from what log.append did, or a refusal come after its result.
import t from 'tap'
import { checkInstall } from '../../../../src/platform/read-models/install/install.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { snapshotOf } from '../../../support/read-models/catalogue.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
await db.query(`
  create collation public.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create domain public.document as json;
  create type public.pair as (name text, document public.document)`)
const others = await eventTypes(db, /^session_ended_0$/)
const before = await snapshotOf(db)
const { next: n } = await copyReleases(t)
const notes = `notes_${n}`

/** A read table with an id and more columns, then further statements. */
const table = (columns: string, then = '', kind = 'table') => ({
  [notes]: `
    -- create table ${notes} (
    create ${kind} ${notes} (id uuid primary key, ${columns});
    ${then}
    create function ${notes}_on(event log.session_ended_0) returns void language plpgsql
    as $$ begin insert into ${notes} (id) values (event.id); end $$;
    ${ignores(notes, others)}`,
})
/** Each column or table constraint of a read table, and the beginning of its refusal after its own name. */
const unequal = 'has a type without an equality'
const replayed = 'uses the clock, the session, a random value or a sequence'
const parts: [definition: string, name: string, refusal: string][] = [
  ['a json', 'a', unequal],
  ['b xml', 'b', unequal],
  ['c point', 'c', unequal],
  ['d box', 'd', unequal],
  ['e json[]', 'e', unequal],
  ['f public.pair[]', 'f', unequal],
  ['g text collate public.caseless', 'g', 'has a nondeterministic collation'],
  ['h timestamptz default now()', 'h', replayed],
  ['i text default current_user', 'i', replayed],
  ['j uuid default gen_random_uuid()', 'j', replayed],
  ['k bigserial', 'k', replayed],
  ['l int generated always as identity', 'l', replayed],
  ['m timestamptz constraint past check (m < now())', 'past', replayed],
  ['n text constraint once unique deferrable', 'once', 'is deferrable'],
  [
    'o int4range, constraint apart exclude using gist (o with &&) deferrable',
    'apart',
    'is deferrable',
  ],
]
const statements = `
  alter table ${notes} add constraint long check (i > 'a') not valid;
  create table ${notes}_child () inherits (${notes});
  alter table ${notes} enable row level security;
  create function ${notes}_noted() returns trigger language plpgsql as $$ begin return new; end $$;
  create trigger noted before insert on ${notes} for each row execute function ${notes}_noted();
  create rule none as on delete to ${notes} do instead nothing;`
const event = `
  create table log.noted_${n} (id uuid not null, word text constraint again unique deferrable,
    recorded_at timestamptz not null, position bigint constraint noted_${n}_pkey primary key);
  call log.event_table('noted_${n}', aggregate => 'note', stream => 'id');
  alter table log.noted_${n} set unlogged;
  create table log.noted_${n}_child () inherits (log.noted_${n});`

/** What is refused, and how the line begins. */
const expected = [
  ...parts.map(([definition, name, refusal]) => [definition, `${name} of ${notes} ${refusal}`]),
  ['a constraint that is not valid', `long of ${notes} is not enforced for all rows`],
  ['an unlogged table', `${notes} is unlogged`],
  ['an inherited table', `${notes} is partitioned, inherits or is inherited from`],
  ['row level security', `${notes} has row level security`],
  ['a trigger', `noted of ${notes} is a trigger`],
  ['a rule', `none of ${notes} is a rule`],
  ['a deferrable constraint of an event table', `again of noted_${n} is deferrable`],
  ['an unlogged event table', `noted_${n} is unlogged`],
  ['an inherited event table', `noted_${n} is partitioned, inherits`],
] as const

t.test(
  'Install and its check refuse each table whose rows a replay could not repeat',
  async (t) => {
    const releases = await copyReleases(t)
    const { directory } = releases
    const columns = parts.map(([definition]) => definition).join(', ')
    const files = table(columns, statements, 'unlogged table')
    const ignoring = ignores(notes, [...others, `noted_${n}`])
    await releases.add({
      [notes]: `${files[notes]}`.replace(ignores(notes, others), ignoring),
      [`noted_${n}`]: event,
    })
    const checking = checkInstall({ client: db, directory, say: () => undefined })
    const refusals = [checking, installInto(url, { directory })].map((running) =>
      running.then(
        () => '',
        ({ name, message }: Error) => `${name}\n${message}`,
      ),
    )
    for (const refusal of await Promise.all(refusals)) {
      const lines = refusal.split('\n')
      t.equal(lines[0], 'InstallError')
      for (const [what, line] of expected) {
        t.ok(
          lines.some((each) => each.startsWith(line)),
          what,
        )
      }
      t.ok(
        lines.every((line) => !/^id of|notes_\d+_pkey/.test(line)),
        'the good parts are accepted',
      )
    }
    t.strictSame(await snapshotOf(db), before)
  },
)

t.test('Install and its check accept the ways that the messages advise', async (t) => {
  const releases = await copyReleases(t)
  const { directory } = releases
  await releases.add(
    table(
      `a jsonb default '{}', b varchar(3) default 'x', c int4range, d text[] default '{}',
      e numeric default 0, f tsvector, g boolean default true, h inet, i timestamptz default 'epoch',
      j text generated always as (lower(b)) stored`,
      `create unique index ${notes}__b_taken on ${notes} (lower(b)) where g;
      alter table ${notes} add constraint ${notes}__c_taken exclude using gist (c with &&);`,
    ),
  )
  const found = await checkInstall({ client: db, directory, say: () => undefined })
  t.strictSame(found, { violations: [], more: false })
  t.match(await installInto(url, { directory }), [/is declared/, `${notes} is live`])
})
