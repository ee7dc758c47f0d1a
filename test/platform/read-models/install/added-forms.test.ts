// A release can add a form for one event to a projection of an earlier, live read table. Install makes lone appends use
// it, beside writers and without a missed event; sessions that ran the earlier text go on.
import type { ClientBase } from 'pg'
import t from 'tap'
import { findDeviations } from '../../../../src/platform/read-models/deviations.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { appendAsServer } from '../../../support/append-of-type.ts'
import { insertPlainly } from '../../../support/append-outcomes.ts'
import {
  type AppendRequest,
  append,
  messageSent,
  userRegistered,
} from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'
import {
  dropAppendsOfOne,
  putEarlierTriggers,
} from '../../../support/read-models/install/earlier-triggers.ts'
import { projectionLines } from '../../../support/read-models/projections.ts'

const ways: ((client: ClientBase, request: () => AppendRequest) => Promise<unknown>)[] = [
  (client, request) => appendAsServer(client, [request()]),
  (client, request) => appendAsServer(client, [request(), request()]),
  (client, request) => append(client, [request()]),
  async (client, request) => {
    const [event] = request().events
    if (event) await insertPlainly(client, event)
  },
]

/** Sends messages in each way, by two warm sessions each, until `work` has ended. Returns the sessions. */
async function besideWriters(url: string, work: () => Promise<unknown>) {
  const sessions = await Promise.all([...ways, ...ways].map(() => connect(t, url)))
  let working = true
  const writing = sessions.map(async (client, n) => {
    let sent = 0
    const request = () => messageSent(idOf(100_000 * (n + 1) + ++sent), idOf(1), idOf(2))
    do await ways[n % ways.length]?.(client, request)
    while (working)
  })
  await work().finally(() => {
    working = false
  })
  await Promise.all(writing)
  return sessions
}

async function differences(db: ClientBase, directory: string): Promise<string[]> {
  const found = await verify(db, directory, [], () => undefined)
  return found.filter((each) => each.differences > 0).map((each) => each.table)
}

/** The calls by which a message that is appended alone is projected. */
async function callsOfMessage(db: ClientBase): Promise<string[]> {
  const lines = await projectionLines(db, '_alone')
  return lines.filter((line) => line.startsWith('message_sent_3: '))
}

t.test(
  'A form that a release adds to a live table is used by sessions that were there',
  async (t) => {
    const url = await installedDatabase(t)
    const db = await connect(t, url)
    await append(db, [userRegistered(idOf(1)), userRegistered(idOf(2))])
    const releases = await copyReleases(t)
    const { next } = releases
    const table = `forms_${next}`
    await releases.write(
      `${next}-first/${table}.sql`,
      `create table ${table} (position bigint constraint ${table}_pkey primary key);
     create function ${table}_on(events log.message_sent_3[]) returns void language plpgsql
     as $$ begin insert into ${table} select position from unnest(events); end $$;
     ${ignores(table, await eventTypes(db, /^message_sent_3$/))}`,
    )
    await installInto(url, { directory: releases.directory })
    t.ok((await callsOfMessage(db)).includes(`message_sent_3: ${table} ${table}_on(array[event])`))
    await releases.write(
      `${next + 1}-second/${table}.sql`,
      `create function ${table}_on(event log.message_sent_3) returns void language plpgsql
     as $$ begin
       perform set_config('test.form', 'one', false);
       insert into ${table} values (event.position);
     end $$;`,
    )
    const install = () => installInto(url, { directory: releases.directory })
    const sessions = await besideWriters(url, install)
    t.ok((await callsOfMessage(db)).includes(`message_sent_3: ${table} ${table}_on(event)`))
    for (const [n, client] of sessions.entries()) {
      await client.query(`select set_config('test.form', '', false)`)
      await ways[n % ways.length]?.(client, () => messageSent(idOf(++last), idOf(1), idOf(2)))
      const { rows } = await client.query(`select current_setting('test.form') as form`)
      t.equal(rows[0].form, n % ways.length === 0 ? 'one' : '', `session ${n}`)
    }
    const { rows } = await db.query(
      `select (select count(*) from log.message_sent_3) as sent, count(*) as found from read.${table}`,
    )
    t.equal(rows[0].found, rows[0].sent)
    t.strictSame(await differences(db, releases.directory), [])
  },
)

let last = 9_000_000

t.test('A database of version 1.0.0 gets the forms of messages beside writers', async (t) => {
  const url = await installedDatabase(t, 9)
  const db = await connect(t, url)
  await append(db, [userRegistered(idOf(1)), userRegistered(idOf(2))])
  await putEarlierTriggers(db)
  await dropAppendsOfOne(db)
  await db.query(`update engine.sources set sha256 = ''`)
  await besideWriters(url, () => installInto(url))
  const calls = await callsOfMessage(db)
  for (const name of ['conversations_4', 'message_senders_7', 'message_statistics_7']) {
    t.ok(calls.includes(`message_sent_3: ${name} ${name}_on(event)`), name)
  }
  t.strictSame(await findDeviations(db), [])
  t.strictSame(await differences(db, dbDirectory), [])
  const { rows } = await db.query(
    `select (select count(*) from log.message_sent_3) as sent, (select count(*) from read.messages_10) as found,
       (select sum(messages_sent) from read.message_statistics_7) as counted`,
  )
  t.ok(Number(rows[0].sent) > 20, `${rows[0].sent} messages`)
  t.same([rows[0].found, rows[0].counted], [rows[0].sent, rows[0].sent])
})
