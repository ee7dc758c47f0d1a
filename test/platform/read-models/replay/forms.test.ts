// A projection can have two forms for one type: for one event that is appended alone, and for several. Both accept,
// refuse and write the same. Lone appends use the first, and batches, plain SQL and replays the second.
import t from 'tap'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { appendAsServer } from '../../../support/append-of-type.ts'
import { insertPlainly } from '../../../support/append-outcomes.ts'
import {
  type AppendRequest,
  append,
  messageSent,
  userBlocked,
  userRegistered,
} from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const [ann, bob, suspended, departed, both, unknown] = [1, 2, 3, 4, 5, 6].map(idOf) as [
  ...[string, string, string, string, string, string],
]
const users = [ann, bob, suspended, departed, both]
await append(
  db,
  users.map((id) => userRegistered(id)),
)
await append(db, [userBlocked(idOf(10), ann, bob), messageSent(idOf(20), ann, bob)])
for (const [user, isDeparted, isSuspended] of [
  [suspended, false, true],
  [departed, true, false],
  [both, true, true],
] as const) {
  const row = [user, isDeparted, isSuspended]
  await db.query('insert into read.blocks_17 values ($1, $1, now(), $2, $3, 1)', row)
}
await db.query('set search_path = read, log')

/** What a projection does with a message: the constraint that refuses it, or the rows of the table then. */
async function outcome(table: string, call: (event: string) => string, from: string, to: string) {
  const event = `row('${idOf(21)}', '${from}', '${to}', 'x', '2026-01-01', 7000)::log.message_sent_3`
  await db.query('begin')
  try {
    await db.query(`select ${table}_on(${call(event)})`)
    const { rows } = await db.query(`select to_jsonb(m) as row from ${table} m order by 1`)
    return JSON.stringify(rows)
  } catch (error) {
    const { code, constraint, message } = error as Record<string, string>
    return [code, constraint, message].join(' ')
  } finally {
    await db.query('rollback')
  }
}

const refusals: Record<string, readonly string[]> = {
  blocks_17: ['blocked', 'recipient_unknown', 'sender_unknown', 'suspended'],
  messages_10: ['recipient_unknown', 'sender_unknown'],
  conversations_4: [],
  message_senders_7: [],
  message_statistics_7: [],
}

t.test('Exactly these projections of messages have a form for one message', async (t) => {
  const { rows } = await db.query<{ name: string }>(
    `select left(p.proname, -3) as name from pg_proc p
     join pg_type y on p.proargtypes[0] in (y.oid, y.typarray)
     where p.pronamespace = 'read'::regnamespace and y.oid = 'log.message_sent_3'::regtype
     group by 1 having count(*) = 2 order by 1`,
  )
  t.strictSame(
    rows.map(({ name }) => name),
    Object.keys(refusals).sort(),
  )
})

for (const [table, codes] of Object.entries(refusals)) {
  t.test(`The two forms of the projection of messages into ${table} do the same`, async (t) => {
    const seen = new Set<string>()
    for (const from of [...users, unknown]) {
      for (const to of [...users, unknown]) {
        const several = await outcome(table, (event) => `array[${event}]`, from, to)
        const one = await outcome(table, (event) => event, from, to)
        t.equal(one, several, `from ${from} to ${to}`)
        seen.add(/__(\w+)/.exec(several)?.[1] ?? 'accepted')
      }
    }
    t.strictSame([...seen].sort(), ['accepted', ...codes].sort())
  })
}

const releases = await copyReleases(t)
const table = `forms_${releases.next}`
const ofTable = (form: string) => ({
  [table]: `
    create table ${table} (position bigint constraint ${table}_pkey primary key, form text);
    create function ${table}_on(events log.user_registered_1[]) returns void language plpgsql
    as $$ begin
      insert into ${table} select position, 'several' from unnest(events);
    end $$;
    create function ${table}_on(event log.user_registered_1) returns void language plpgsql
    as $$ begin
      insert into ${table} values (event.position, '${form}');
    end $$;`,
})

let last = 100
const registered = () => userRegistered(idOf(++last))

/** The forms of the events that an action appends. */
async function formsOf(action: () => Promise<unknown>): Promise<string[]> {
  const { rows: before } = await db.query(`select max(position) as position from log.events`)
  await action()
  const { rows } = await db.query<{ form: string }>(
    `select form from read.${table} where position > $1 order by position`,
    [before[0].position],
  )
  return rows.map(({ form }) => form)
}

const findDifferences = async () => {
  const found = await verify(db, releases.directory, [table], () => undefined)
  return found.map(({ differences }) => differences)
}

t.test('A lone append uses the form for one event, and all others that for several', async (t) => {
  const files = ofTable('one')
  await releases.add({
    [table]: files[table] + ignores(table, await eventTypes(db, /^user_registered_/)),
  })
  await installInto(url, { directory: releases.directory })
  const several = Array(users.length).fill('several')
  const { rows: built } = await db.query(`select form from read.${table}`)
  t.strictSame(
    built.map(({ form }) => form),
    several,
  )
  t.strictSame(await formsOf(() => appendAsServer(db, [registered()])), ['one'])
  const earlier: AppendRequest = {
    events: [
      {
        stream_id: idOf(50),
        stream_version: 1,
        type: 'user_registered_0',
        data: { id: idOf(50), email: 'earlier@example.com', password_hash: 'x' },
      },
    ],
  }
  t.strictSame(await formsOf(() => appendAsServer(db, [earlier])), ['one'], 'through a cast')
  const pair = () => [registered(), registered()]
  t.strictSame(await formsOf(() => appendAsServer(db, pair())), ['several', 'several'])
  t.strictSame(await formsOf(() => append(db, [registered()])), ['several'])
  const [event] = registered().events
  if (event) t.strictSame(await formsOf(() => insertPlainly(db, event)), ['several'])
})

t.test('Verify finds the rows of a form that does not do what the other does', async (t) => {
  t.strictSame(await findDifferences(), [2], 'those of the two lone appends')
})

t.test('The service role cannot project an event without an append', async (t) => {
  await db.query('set role epistle_service')
  const event = `row('${idOf(9)}', 'e@example.com', 'x', null, now(), 9)::log.user_registered_1`
  const call = db.query(`select log.user_registered_1_alone(${event}, '{users_2}')`)
  await t.rejects(call, { code: '42501' })
  await db.query('reset role')
})
