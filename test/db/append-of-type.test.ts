// log.append_<type>, by which servers append batches of single events of one type, and log.append1_<type>, by which they
// append one event. Both promise the same log, read tables and results as log.append and plain SQL, and skip only the
// guards of their own inserts.
import type { ClientBase } from 'pg'
import t from 'tap'
import type { AppendResult as ServerResult } from '../../src/platform/event-store/append-request.ts'
import { appendAsServer, countCalls, messageOf, messagesOf } from '../support/append-of-type.ts'
import { contents, insertPlainly, outcomes, versionsOf } from '../support/append-outcomes.ts'
import {
  type AppendRequest,
  append,
  type Event,
  inSession,
  messageSent,
  passwordChanged,
  userBlocked,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { RandomBatches } from '../support/random-batches.ts'
import { backendPid, untilLockWait } from '../support/read-models/blocked-sessions.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const [ann, bob] = [idOf(1), idOf(2)]
let last = 10_000
const message = (to = bob) => messageSent(idOf(++last), ann, to)
const oneEvent = ({ events }: AppendRequest) => events[0] as Event
const appendEach = async (on: ClientBase, requests: readonly AppendRequest[]) => {
  const results: ServerResult[] = []
  for (const request of requests) results.push(...(await appendAsServer(on, [request])))
  return results
}

/** Requests that are refused, each for a reason of its own, between some that are accepted. */
const chosen: AppendRequest[][] = [
  [userRegistered(idOf(0)), userRegistered(idOf(1), { username: 'bob', email: 'b@x.org' })],
  [userBlocked(idOf(6010), idOf(1), idOf(0))],
  [userRegistered(idOf(70), { email: 'B@x.org' }), userRegistered(idOf(71))],
  [userRegistered(idOf(72)), userRegistered(idOf(73), { username: 'bob' })],
  [userRegistered(idOf(74), { username: 'No!' })],
  [userRegistered(idOf(75), { email: null }), userRegistered(idOf(76))],
  [messageSent(idOf(80), idOf(1), idOf(0)), messageSent(idOf(81), idOf(0), idOf(99))],
  [messageSent(idOf(82), idOf(0), idOf(1)), messageSent(idOf(83), idOf(1), idOf(1))],
  [passwordChanged(idOf(0), 2), passwordChanged(idOf(0), 3), passwordChanged(idOf(1), 3)],
  [passwordChanged(idOf(0), 5), passwordChanged(idOf(1), 2), passwordChanged(idOf(1), 2)],
  [inSession(idOf(90), messageSent(idOf(84), idOf(1), idOf(0))), message(idOf(0))],
  [userRegistered(idOf(77), { unknown: 1 })],
  [{ events: [{ ...oneEvent(message(idOf(0))), stream_id: idOf(87) }] }],
  [{ events: [{ ...oneEvent(messageSent(idOf(0), idOf(1), idOf(0))), stream_version: 4 }] }],
  [messageSent(idOf(88), idOf(1), idOf(0)), messageSent(idOf(89), idOf(1), idOf(0))],
].map((batch, n, { length }) =>
  batch.map(({ events, ...rest }, at) => ({
    ...rest,
    // The last batch has the ids of the first one, so it is there already.
    events: events.map((event) => ({
      ...event,
      id: idOf(900 + ((10 * n) % (10 * length - 10)) + at),
    })),
  })),
)

const outcomesToSee = [
  'accepted',
  'events__already_appended',
  'events__version_conflict',
  '23502',
  '42703',
  'LG003',
  'users_2__email_taken',
  'users_2__username_taken',
  'user_registered_1__username_malformed',
  'messages_10__recipient_unknown',
  'blocks_17__blocked',
  'sessions_10__unauthenticated',
]

t.test(
  'Random batches have the same effect by type, one by one, by log.append and in plain SQL',
  async (t) => {
    const [server, oneByOne, general, plain] = [
      await connect(t, await installedDatabase(t)),
      await connect(t, await installedDatabase(t)),
      await connect(t, await installedDatabase(t)),
      await connect(t, await installedDatabase(t)),
    ]
    const calls = countCalls(server)
    const callsOfOne = countCalls(oneByOne)
    const random = new RandomBatches(Number(process.env.SEED ?? 13))
    const seen = new Set<string>()
    for (let n = 0; n < Number(process.env.BATCHES ?? 90); n += 1) {
      const batch = chosen[n] ?? random.next(await versionsOf(general))
      const expected = await outcomes(general, append, batch)
      t.strictSame(await outcomes(server, appendAsServer, batch), expected, `batch ${n}`)
      t.strictSame(await outcomes(oneByOne, appendEach, batch), expected, `batch ${n}, one by one`)
      for (const [at, outcome] of expected.entries()) {
        seen.add(outcome.startsWith('accepted') ? 'accepted' : outcome)
        const [event] = batch[at]?.events ?? []
        if (outcome.startsWith('accepted') && event) await insertPlainly(plain, event)
      }
    }
    t.strictSame(await contents(server), await contents(general))
    t.strictSame(await contents(oneByOne), await contents(general))
    t.strictSame(await contents(plain), await contents(general))
    const ofType = calls.ofType + calls.ofOne
    t.ok(ofType > calls.general, `${ofType} by type, ${calls.general} others`)
    const { ofOne, general: others } = callsOfOne
    t.ok(ofOne > others, `${ofOne} by the function for one event, ${others} others`)
    for (const each of outcomesToSee) t.ok(seen.has(each), each)
  },
)

t.test('A server appends single events by the functions of their type', async (t) => {
  const calls = countCalls(db)
  t.match(await appendAsServer(db, [userRegistered(ann), userRegistered(bob)]), [{}, {}])
  t.match(await appendAsServer(db, [message()]), [{ position: /^\d+$/ }])
  t.strictSame(calls, { ofOne: 1, ofType: 1, general: 0 })
  const two = { events: [...message().events, ...message().events] }
  t.match(await appendAsServer(db, [two]), [{ position: /^\d+$/ }])
  t.match(await appendAsServer(db, [message(), userRegistered(idOf(3))]), [{}, {}])
  t.strictSame(calls, { ofOne: 1, ofType: 1, general: 2 })
})

t.test('An unknown type is LG004, and an append needs no function of its type', async (t) => {
  const unknown = { events: [{ ...oneEvent(message()), type: 'message_lost_9' }] }
  await t.rejects(appendAsServer(db, [unknown as AppendRequest]), { code: 'LG004' })
  await db.query('alter function log.append_message_sent_3 rename to gone')
  t.match(await appendAsServer(db, [message()]), [{ position: /^\d+$/ }])
  const other = `log.append_message_sent_3(ids uuid[], data_id uuid[], data_src_id uuid[],
    data_dst_id uuid[], data_content text[])`
  await db.query(`create function ${other} returns jsonb language sql return '{}'::jsonb`)
  t.match(await appendAsServer(db, [message()]), [{ position: /^\d+$/ }])
  await db.query(`drop function ${other}; alter function log.gone rename to append_message_sent_3`)
})

t.test(
  'A server appends one event by the function for batches where that for one is missing',
  async (t) => {
    const database = await installedDatabase(t)
    const own = await connect(t, database)
    const calls = countCalls(own)
    await appendAsServer(own, [userRegistered(ann), userRegistered(bob)])
    await own.query('alter function log.append1_message_sent_3 rename to gone')
    t.match(await appendAsServer(own, [message()]), [{ position: /^\d+$/ }])
    const other = `log.append1_message_sent_3(other uuid, version int, metadata jsonb, read_table text,
      key uuid, data_id uuid, data_src_id uuid, data_dst_id uuid, data_content text)`
    await own.query(`create function ${other} returns jsonb language sql return '{}'::jsonb`)
    t.strictSame(calls, { ofOne: 0, ofType: 2, general: 0 })
    const later = await connect(t, database)
    const callsLater = countCalls(later)
    t.match(await appendAsServer(later, [message()]), [{ position: /^\d+$/ }])
    t.strictSame(callsLater, { ofOne: 0, ofType: 1, general: 0 })
  },
)

t.test('An append survives a function that was made in another form', async (t) => {
  const own = await connect(t, await installedDatabase(t))
  const calls = countCalls(own)
  await appendAsServer(own, [userRegistered(ann), userRegistered(bob)])
  await appendAsServer(own, [message()])
  await own.query('alter table log.message_sent_3 add note text')
  await own.query(`call log.make_append_of_type('message_sent_3', 'id')`)
  await own.query(`call log.make_rows(); call engine.make_project('message_sent_3')`)
  for (let n = 0; n < 3; n += 1) {
    t.match(await appendAsServer(own, [message()]), [{ position: /^\d+$/ }])
  }
  t.match(calls, { general: 1 }, 'all but the first one by the new form')
})

const appendMessages = messagesOf(ann, bob)
const forms = [
  ['for batches', appendMessages],
  ['for one event', messageOf(ann, bob)],
] as const

t.test('An event without an id gets one', async (t) => {
  const { rows } = await appendMessages(db, [null, idOf(++last)])
  t.match(rows[0].appended.results, [{ position: /^\d+$/ }, { position: /^\d+$/ }])
  for (const [form, appendTo] of forms) {
    const { rows: one } = await appendTo(db, [null])
    t.match(one[0].appended.results, [{ position: /^\d+$/ }], form)
  }
})

for (const [form, appendTo] of forms) {
  t.test(`A result contains how long the append waited for the lock, ${form}`, async (t) => {
    const other = await connect(t, url)
    const pid = await backendPid(db)
    await other.query('begin; select pg_advisory_xact_lock(17744, 0)')
    const waiting = appendTo(db, [idOf(++last)])
    await untilLockWait(other, pid, 0)
    await other.query('select pg_sleep(0.01); commit')
    t.ok((await waiting).rows[0].appended.waited_ms > 1)
  })

  for (const level of ['repeatable read', 'serializable']) {
    t.test(`The function of a type ${form} refuses ${level}`, async (t) => {
      await db.query(`begin isolation level ${level}`)
      await t.rejects(appendTo(db, [idOf(++last)]), { code: 'LG001' })
      await db.query('rollback')
    })
  }
}

t.test(
  'Events have positions that were drawn for them, also where these are not consecutive',
  async (t) => {
    await db.query('alter table log.events alter column position set increment by 2')
    const batch = [message(), message(), message()]
    const results = (await appendAsServer(db, batch)) as readonly { position: string }[]
    await db.query('alter table log.events alter column position set increment by 1')
    const [first = 0, ...others] = results.map(({ position }) => Number(position))
    t.strictSame(others, [first + 2, first + 4])
    const { rows } = await db.query(
      'select stream_id from log.events where position = any ($1) order by position',
      [results.map(({ position }) => position)],
    )
    const streams = batch.map(({ events }) => events[0]?.stream_id)
    t.strictSame(
      rows.map(({ stream_id }) => stream_id),
      streams,
    )
  },
)

for (const [form, appendTo] of forms) {
  t.test(`A position below that of an earlier header is refused, ${form}`, async (t) => {
    const { rows } = await db.query(`select nextval('log.events_position_seq') as gap`)
    await appendTo(db, [idOf(++last)])
    await db.query('begin')
    await db.query(`select setval('log.events_position_seq', $1, false)`, [rows[0].gap])
    await t.rejects(appendTo(db, [idOf(++last)]), { code: 'LG005' })
    await db.query('rollback')
    await db.query(
      `select setval('log.events_position_seq', (select max(position) from log.events))`,
    )
  })
}
