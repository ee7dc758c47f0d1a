// The plans of appends: a connection keeps the first ones. One that was made for empty tables must also be right for users
// with many conversations, messages, blocks, sessions and reports.
import t from 'tap'
import { lastUnread } from '../../../src/features/conversations/queries.ts'
import { message } from '../../../src/features/messages/message.ts'
import { append } from '../../../src/platform/event-store/append.ts'
import { toAppendRequest } from '../../../src/platform/event-store/append-request.ts'
import { uuidV7 } from '../../../src/platform/event-store/uuid-v7.ts'
import { openSession } from '../../../src/platform/postgres/session.ts'
import { serviceSession } from '../../../src/service-pool.ts'
import {
  type AppendRequest,
  messageSent,
  append as record,
  sessionStarted,
  userBlocked,
  userRegistered,
} from '../../support/append-requests.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { readInAll, readMoreThan } from '../../support/rows-read.ts'

const url = await installedDatabase(t)
const owner = await connect(t, url)
const writer = await openSession(url, serviceSession, {})
t.teardown(() => writer.end())

/** The least id and the greatest, each of which has all others in its rows. */
const [least, greatest] = [idOf(0), idOf(0xffffff)]
const others = Array.from({ length: 300 }, (_, n) => idOf(n + 1))
const [first = '', second = ''] = others
/** The id of the nth message, block, session or report. */
const numbered = (letter: 'a' | 'b' | 'c' | 'd' | 'e' | 'f', n: number) =>
  idOf(n).replace(/^0/, letter)

/** Sends messages as a server does. */
async function send(pairs: readonly (readonly [string, string])[]): Promise<void> {
  const requests = pairs.map(([from, to]) => {
    const id = uuidV7()
    const command = { type: 'SendMessage', id, from, to, content: 'Hello' } as const
    const events = message.decide(command, message.initialState)
    const metadata = { actor: from }
    const decision = { aggregate: message, streamId: id, expectedVersion: 0, events, metadata }
    return toAppendRequest([decision], { question: lastUnread, pairs: [[from, to]] })
  })
  const { results } = await append(writer, requests)
  for (const result of results) t.ok(result && 'position' in result, 'accepted')
}

function event(
  type: string,
  stream_id: string,
  stream_version: number,
  data: object,
): AppendRequest {
  return { events: [{ type, stream_id, stream_version, data: { ...data } }] }
}

/** The nth message, from one user to another, and a session and a report of the other. */
function created(n: number, from: string, to: string): AppendRequest[] {
  const [id, session, report] = [numbered('d', n), numbered('e', n), numbered('f', n)]
  const reported = { id: report, user_id: to, message_id: id, reported_id: from, reason: '' }
  return [
    messageSent(id, from, to),
    sessionStarted(session, to),
    event('message_reported_17', report, 1, reported),
  ]
}

/** What happens to them later. */
function changed(n: number, from: string, to: string): AppendRequest[] {
  const [id, session, report] = [numbered('d', n), numbered('e', n), numbered('f', n)]
  const ofMessage = { id, message_id: id, src_id: from, dst_id: to }
  const settled = { report_id: report, user_id: to, outcome: 'dismissed', actor: 'eve' }
  return [
    event('message_edited_5', id, 2, { ...ofMessage, content: 'Hi' }),
    event('message_deleted_5', id, 3, ofMessage),
    event('session_labelled_10', session, 2, { id: session, user_id: to, label: 'mine' }),
    event('session_ended_0', session, 3, { id: session, user_id: to }),
    event('report_settled_17', report, 2, settled),
  ]
}

async function recordSingly(requests: readonly AppendRequest[]): Promise<void> {
  for (const request of requests) t.match(await record(writer, [request]), [{ position: String }])
}

/** Appends single events of the users with many rows. Returns what was read more than fifty times. */
async function readMany(n: number): Promise<string[]> {
  const earlier = await readInAll(['read'], owner, writer)
  const pairs = [
    [first, greatest],
    [second, least],
    [greatest, first],
    [least, second],
  ] as const
  for (const pair of pairs) await send([pair])
  await send(pairs.slice(0, 2))
  await recordSingly(changed(n, least, greatest))
  await recordSingly(changed(n + 1, greatest, least))
  return readMoreThan(50, earlier, await readInAll(['read'], owner, writer))
}

t.test('A plan that was made for empty tables reads few rows of users with many', async (t) => {
  await record(
    owner,
    [least, greatest, ...others].map((id) => userRegistered(id)),
  )
  await owner.query('vacuum analyze') // as autovacuum may have done
  await send([[first, second]])
  await send([
    [first, second],
    [second, first],
  ])
  await record(owner, created(999, first, second))
  await recordSingly(changed(999, first, second))
  const ofAll = others.flatMap((other, n) => [
    messageSent(numbered('a', n), other, least),
    messageSent(numbered('b', n), other, greatest),
    ...(n > 1 ? [userBlocked(numbered('c', n), n % 2 ? least : greatest, other)] : []),
    ...(n % 2 ? created(n, greatest, least) : created(n, least, greatest)),
  ])
  const results = await record(owner, ofAll)
  t.strictSame(
    results.filter((result) => !result?.position),
    [],
  )
  t.strictSame(await readMany(2), [])
})
