// Large batches of log.append: a few refused requests are found by bisection. If there are too many, the
// rest is not tried and gets null, because more subtransactions would slow the whole server down.
import t from 'tap'
import {
  type AppendRequest,
  type AppendResult,
  append,
  messageSent,
  passwordChanged,
  sessionEnded,
  sessionStarted,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const db = await connect(t, await installedDatabase(t))
const [ann, bob] = [idOf(1), idOf(2)]
await append(db, [userRegistered(ann, { username: 'ann' }), userRegistered(bob)])

const codeOf = (result: AppendResult | undefined): unknown =>
  result?.sqlstate ? (result.constraint ?? result.sqlstate) : result ? 'accepted' : result

async function messages(): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from read.messages_10 order by position',
  )
  return rows.map(({ id }) => id)
}

t.test('Of 100 requests, 7 are refused with their own reasons and 93 are appended', async (t) => {
  const requests: AppendRequest[] = Array.from({ length: 100 }, (_, n) =>
    messageSent(idOf(1000 + n), ann, bob),
  )
  const spoilt: [at: number, request: AppendRequest, reason: string][] = [
    [0, userRegistered(idOf(11), { email: `${ann}@example.com` }), 'users_2__email_taken'],
    [17, userRegistered(idOf(12), { username: 'ann' }), 'users_2__username_taken'],
    [18, messageSent(idOf(13), ann, idOf(99)), 'messages_10__recipient_unknown'],
    [50, passwordChanged(bob, 5), 'events__version_conflict'],
    [51, userRegistered(idOf(14), { username: 'A' }), 'user_registered_1__username_malformed'],
    [98, sessionStarted(idOf(15), idOf(99)), 'sessions_10__user_unknown'],
    [99, userRegistered(idOf(16), { email: null }), '23502'],
  ]
  for (const [at, request] of spoilt) requests[at] = request
  const reasons = new Map(spoilt.map(([at, , reason]) => [at, reason]))

  const results = await append(db, requests)
  t.strictSame(
    results.map(codeOf),
    requests.map((_, at) => reasons.get(at) ?? 'accepted'),
  )
  t.strictSame(
    await messages(),
    requests.flatMap(({ events }, at) => (reasons.has(at) ? [] : events[0]?.stream_id)),
    'in the order of the batch',
  )
  const positions = results.flatMap((result) => result?.position ?? [])
  t.strictSame(
    positions,
    [...positions].sort((a, b) => Number(a) - Number(b)),
  )
})

t.test('A session that starts and ends in one batch has ended', async (t) => {
  const session = idOf(20)
  const results = await append(db, [
    sessionStarted(session, ann),
    sessionEnded(session, bob),
    sessionEnded(session, ann),
    sessionEnded(session, ann),
  ])
  t.strictSame(results.map(codeOf), [
    'accepted',
    'sessions_10__not_found',
    'accepted',
    'events__version_conflict',
  ])
  t.equal((await db.query('select from read.sessions_10')).rowCount, 0)
})

t.test(
  'After 60 tries the remaining results are null, and their requests can be sent again',
  async (t) => {
    const before = (await messages()).length
    const batch = Array.from({ length: 100 }, (_, n) =>
      messageSent(idOf(3000 + n), ann, n % 2 === 0 ? idOf(99) : bob),
    )
    const seen: unknown[] = []
    let left = batch
    let calls = 0
    while (left.length > 0) {
      const results = await append(db, left)
      calls += 1
      const tried = results.filter((result) => result !== null)
      t.ok(tried.length > 0, 'each call makes progress')
      t.ok(
        results.slice(tried.length).every((result) => result === null),
        'the requests that are not tried are the end of the batch',
      )
      seen.push(...tried.map(codeOf))
      left = left.slice(tried.length)
    }
    t.ok(calls > 1, `${calls} calls`)
    t.strictSame(
      seen,
      batch.map((_, n) => (n % 2 === 0 ? 'messages_10__recipient_unknown' : 'accepted')),
    )
    t.equal((await messages()).length, before + 50)
  },
)

t.test(
  'The first refused event of a large request is named, and no event of it is appended',
  async (t) => {
    const before = await messages()
    const first = userRegistered(idOf(4000)).events
    const last = 21
    for (let failing = 1; failing <= last; failing += 1) {
      // The recipient registers within the request, so each message depends on the events before it.
      const rest = Array.from({ length: last }, (_, n) => {
        const refused = n + 1 === failing || n + 1 === failing + 3
        return messageSent(idOf(4001 + n), ann, refused ? idOf(99) : idOf(4000)).events
      })
      const events = [...first, ...rest.flat()]
      const expects = [{ stream_id: ann, version: 1 }]
      const [result, other] = await append(db, [{ events, expects }, passwordChanged(bob, 9)])
      t.match(result, { constraint: 'messages_10__recipient_unknown', event: failing })
      t.equal(codeOf(other), 'events__version_conflict')
      const moved = [{ stream_id: ann, version: 7 }]
      const [late] = await append(db, [{ events, expects: moved }])
      t.match(late, { constraint: 'events__version_conflict', event: 0 })
    }
    t.strictSame(await messages(), before)
  },
)
