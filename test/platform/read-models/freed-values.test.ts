// A unique value that one user frees and another takes at the same moment. The order of the log is the
// order of the table, so a replay in runs of any length, and a table that is built meanwhile, equal the
// live table.
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
import { damagedTables } from '../../support/read-models/agreement.ts'
import { contentsOf, replayed } from '../../support/read-models/contents.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../support/read-models/event-types.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const { directory, next: n } = releases
const users = Array.from({ length: 6 }, (_, k) => idOf(k + 1))
/** Fewer desks than users, so that users always compete for one. */
const desks = ['window', 'door', 'wall']

const ignored = await eventTypes(db)

/** A read table of users at desks: a desk belongs to one user until that user leaves it. */
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
        constraint = '${table}__not_seated', message = 'a user who has no desk cannot leave one';
    end if;
  end $$;
  ${ignores(table, ignored)}`

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

/** An append request of one event in a new stream. */
function appendRequest(type: string, data: Record<string, unknown>): AppendRequest {
  events += 1
  const id = idOf(events)
  return { events: [{ stream_id: id, stream_version: 1, type, data: { id, ...data } }] }
}

const results: AppendResult[] = []
let over = false

/** Leaves and takes desks until it is over; a desk is often still, or already, another user's. */
async function sit(user: string, seed: number): Promise<void> {
  const client = await connect(t, url)
  const random = randomness(seed)
  while (!over) {
    const desk = desks[Math.floor(random() * desks.length)]
    const leaving = appendRequest(`desk_left_${n}`, { user_id: user })
    const taking = appendRequest(`desk_taken_${n}`, { user_id: user, desk })
    // Both requests in one call, or each in its own.
    const calls = random() < 0.5 ? [[leaving, taking]] : [[leaving], [taking]]
    for (const requests of calls) results.push(...(await append(client, requests)))
    await pause(2)
  }
}

t.test('A table built while unique values change hands equals the live table', async (t) => {
  const sitting = users.map((user, k) => sit(user, k + 1))
  await releases.write(`${n + 1}-again/seats_${n + 1}.sql`, seats(`seats_${n + 1}`))
  await installInto(url, { directory })
  while (results.length < 600) await pause(10)
  over = true
  await Promise.all(sitting)
  const accepted = results.filter((result) => result?.position).length
  const rejected = results.filter((result) => /__desk_taken$/.test(result?.constraint ?? ''))
  t.ok(accepted > 50, `${accepted} requests were accepted`)
  t.ok(rejected.length > 50, `${rejected.length} requests were rejected: the desk was taken`)
  t.strictSame(await contentsOf(db, `seats_${n + 1}`), await contentsOf(db, `seats_${n}`))
  t.strictSame(await damagedTables(db, directory), [])
})

for (const run of [1, 2, 7, 1_000]) {
  t.test(`A replay in runs of ${run} gives each desk to the same user as live`, async (t) => {
    const live = await contentsOf(db, `seats_${n}`)
    t.ok(live.length > 0)
    t.strictSame(await replayed(db, `seats_${n}`, run), live)
  })
}
