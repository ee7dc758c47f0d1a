// A unique value that one command frees and another takes at the same moment: whoever was first in
// the log was first in the table, so a replay, however it is cut, and a table built under way are
// what the live table is.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import {
  type AppendRequest,
  type AppendResult,
  append,
  userRegistered,
} from '../../support/append-requests.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../support/installed.ts'
import { randomness } from '../../support/racing-writers.ts'
import { damages } from '../../support/read-models/agreement.ts'
import { contentsOf, replayed } from '../../support/read-models/contents.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const { directory, next: n } = releases
const users = Array.from({ length: 6 }, (_, k) => idOf(k + 1))
/** Fewer than users, so that there is always somebody who waits for one. */
const desks = ['window', 'door', 'wall']

const { rows: types } = await db.query<{ type: string }>('select type from log.event_types')
const ignored = types.map(({ type }) => `log.${type}`).join(', ')

/** Who sits where: a desk is one person's, until he leaves it. */
const seats = (table: string): string => `
  create table ${table} (
    id uuid constraint ${table}_pkey primary key references user_ids_0,
    desk text not null constraint ${table}__desk_taken unique,
    position bigint not null
  );
  create function ${table}_on(event log.desk_taken_${n}) returns void language plpgsql
  as $$ begin
    insert into ${table} values (event.user_id, event.desk, event.position);
  end $$;
  create function ${table}_on(event log.desk_left_${n}) returns void language plpgsql
  as $$ begin
    delete from ${table} where id = event.user_id;
    if not found then
      raise foreign_key_violation using schema = 'read', table = '${table}',
        constraint = '${table}__not_seated', message = 'who does not sit cannot leave';
    end if;
  end $$;
  create function ${table}_ignores(${ignored}) returns void language sql as '';`

const event = (type: string, column: string): string => `
  create table log.${type} (
    id uuid not null,
    user_id uuid not null,
    ${column}
    recorded_at timestamptz not null,
    position bigint constraint ${type}_pkey primary key
  );
  call log.event_table('${type}', aggregate => 'desk', stream => 'id');`

await releases.add({
  [`desk_taken_${n}`]: event(`desk_taken_${n}`, 'desk text not null,'),
  [`desk_left_${n}`]: event(`desk_left_${n}`, ''),
  [`seats_${n}`]: seats(`seats_${n}`),
})
await installInto(url, { directory })
await append(
  db,
  users.map((id) => userRegistered(id)),
)

let events = 1_000

function told(type: string, data: Record<string, unknown>): AppendRequest {
  events += 1
  const id = idOf(events)
  return { events: [{ stream_id: id, stream_version: 1, type, data: { id, ...data } }] }
}

const verdicts: AppendResult[] = []
let over = false

/** Leaves and sits down again and again; often a desk is still, or already, somebody else's. */
async function sit(user: string, seed: number): Promise<void> {
  const client = await connect(t, url)
  const random = randomness(seed)
  while (!over) {
    const desk = desks[Math.floor(random() * desks.length)]
    const leaving = told(`desk_left_${n}`, { user_id: user })
    const taking = told(`desk_taken_${n}`, { user_id: user, desk })
    // At once with others in one call, or each on his own.
    const calls = random() < 0.5 ? [[leaving, taking]] : [[leaving], [taking]]
    for (const commands of calls) verdicts.push(...(await append(client, commands)))
    await pause(2)
  }
}

t.test('while desks are left and taken, a second table is built and both are right', async (t) => {
  const sitting = users.map((user, k) => sit(user, k + 1))
  await releases.write(`${n + 1}-again/seats_${n + 1}.sql`, seats(`seats_${n + 1}`))
  await installInto(url, { directory })
  while (verdicts.length < 600) await pause(10)
  over = true
  await Promise.all(sitting)
  const standing = verdicts.filter((verdict) => verdict?.position).length
  const refused = verdicts.filter((verdict) => /__desk_taken$/.test(verdict?.constraint ?? ''))
  t.ok(standing > 50, `${standing} stand`)
  t.ok(refused.length > 50, `${refused.length} were refused because the desk was taken`)
  t.strictSame(await contentsOf(db, `seats_${n + 1}`), await contentsOf(db, `seats_${n}`))
  t.strictSame(await damages(db, directory), [])
})

for (const run of [1, 2, 7, 1_000]) {
  t.test(`replayed in runs of ${run} the desks are whose they are`, async (t) => {
    const live = await contentsOf(db, `seats_${n}`)
    t.ok(live.length > 0)
    t.strictSame(await replayed(db, `seats_${n}`, run), live)
  })
}
