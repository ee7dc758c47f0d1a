// log.append: a batch of append requests, each with a result of its own. A refused request leaves nothing
// behind and does not affect the others; accepted ones are written in the order of the batch.
import t from 'tap'
import {
  type AppendRequest,
  append,
  messageSent,
  passwordChanged,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
await db.query('set role epistle_service')

const accepted = { position: /^\d+$/, recorded_at: /^\d{4}-/ }
const refused = (constraint: string, sqlstate: string) => ({ constraint, sqlstate })
const conflict = refused('events__version_conflict', '23505')
const noRecipient = refused('messages_10__recipient_unknown', '23503')

let last = 0
const newId = (): string => idOf(++last)

/** Registers a user and returns the id. */
async function registered(): Promise<string> {
  const id = newId()
  const [result] = await append(db, [userRegistered(id)])
  if (!result?.position) throw new Error('the user was not registered')
  return id
}

async function positionNow(): Promise<string> {
  const { rows } = await db.query('select coalesce(max(position), 0) as p from log.events')
  return rows[0].p
}

/** The streams of all events after a position, in order. */
async function streamsAfter(position: string): Promise<string[]> {
  const { rows } = await db.query<{ stream_id: string }>(
    'select stream_id from log.events where position > $1 order by position',
    [position],
  )
  return rows.map(({ stream_id }) => stream_id)
}

t.test('The neighbours of a refused request are appended, in the order of the batch', async (t) => {
  const before = await positionNow()
  const [ann, bad, bob] = [newId(), newId(), newId()]
  const results = await append(db, [
    userRegistered(ann),
    userRegistered(bad, { email: `${ann.toUpperCase()}@EXAMPLE.COM` }),
    userRegistered(bob),
  ])
  t.match(results, [accepted, refused('users_2__email_taken', '23505'), accepted])
  t.strictSame(await streamsAfter(before), [ann, bob])
})

t.test('A result has the position and time of the last event of its request', async (t) => {
  const ann = newId()
  const events = [userRegistered(ann), passwordChanged(ann, 2), passwordChanged(ann, 3)]
  const [result] = await append(db, [{ events: events.flatMap((request) => request.events) }])
  const { rows } = await db.query(
    `select position, recorded_at = $2 as same from log.events
     where stream_id = $1 and stream_version = 3`,
    [ann, result?.recorded_at],
  )
  t.strictSame(rows, [{ position: result?.position, same: true }])
})

t.test('A request of several events is refused as a whole', async (t) => {
  const before = await positionNow()
  const [ann, unknown] = [newId(), newId()]
  const { events } = userRegistered(ann)
  const results = await append(db, [
    { events: [...events, ...messageSent(newId(), ann, unknown).events] },
  ])
  t.match(results, [noRecipient])
  t.equal(await positionNow(), before)
})

t.test('The result of a request of several events names the first event that fails', async (t) => {
  const ann = await registered()
  const to = (recipient: string) => messageSent(newId(), ann, recipient).events
  for (const failing of [0, 1, 4, 6]) {
    const events = Array.from({ length: 7 }, (_, n) => to(n < failing ? ann : newId())).flat()
    const before = await positionNow()
    const results = await append(db, [{ events }, messageSent(newId(), ann, ann)])
    t.match(results, [{ ...noRecipient, event: failing }, accepted], `event ${failing}`)
    t.equal((await streamsAfter(before)).length, 1, 'no try leaves events behind')
  }
})

t.test('Data that is not a column fails the call, position and recorded_at included', async (t) => {
  const before = await positionNow()
  for (const key of ['nickname', 'position', 'recorded_at']) {
    await t.rejects(append(db, [userRegistered(newId(), { [key]: '1' })]), { code: '42703' }, key)
  }
  t.equal(await positionNow(), before)
})

t.test('A user registered in a batch can receive a message of the same batch', async (t) => {
  const [ann, bob] = [newId(), newId()]
  const results = await append(db, [
    userRegistered(ann),
    userRegistered(bob),
    messageSent(newId(), ann, bob),
  ])
  t.match(results, [accepted, accepted, accepted])
})

t.test('A message before the registration of its recipient is refused', async (t) => {
  const [ann, bob] = [await registered(), newId()]
  const results = await append(db, [messageSent(newId(), ann, bob), userRegistered(bob)])
  t.match(results, [noRecipient, accepted])
})

t.test('A version that is taken or not yet reached is a version conflict', async (t) => {
  const ann = await registered()
  t.match(await append(db, [passwordChanged(ann, 1)]), [conflict])
  t.match(await append(db, [passwordChanged(ann, 3)]), [conflict])
  t.match(await append(db, [passwordChanged(ann, 2)]), [accepted])
})

t.test(
  'A request that expects the version of another stream is refused once that stream has moved',
  async (t) => {
    const [ann, bob] = [await registered(), await registered()]
    const expects = (version: number): AppendRequest => ({
      ...messageSent(newId(), ann, bob),
      expects: [{ stream_id: bob, version }],
    })
    t.match(await append(db, [expects(1)]), [accepted])
    t.match(await append(db, [expects(0), expects(2)]), [conflict, conflict])
    await append(db, [passwordChanged(bob, 2)])
    t.match(await append(db, [expects(1), expects(2)]), [conflict, accepted])
  },
)

t.test('A stream that does not exist yet has version 0 for an expectation', async (t) => {
  const [ann, bob] = [await registered(), newId()]
  const request = { ...passwordChanged(ann, 2), expects: [{ stream_id: bob, version: 0 }] }
  t.match(await append(db, [request]), [accepted])
})

t.test(
  'An expectation fails after an earlier request of its batch, not because of a later one',
  async (t) => {
    const [ann, bob] = [await registered(), await registered()]
    const expects = [{ stream_id: bob, version: 1 }]
    const results = await append(db, [
      { ...messageSent(newId(), ann, bob), expects },
      passwordChanged(bob, 2),
      { ...messageSent(newId(), ann, bob), expects },
    ])
    t.match(results, [accepted, accepted, conflict])
  },
)

t.test(
  'An event whose id is in the log is refused as already appended, before its version is checked',
  async (t) => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000000'
    const withId = ({ events }: AppendRequest): AppendRequest => ({
      events: events.map((event) => ({ ...event, id })),
    })
    const [first, other] = [withId(userRegistered(newId())), withId(userRegistered(newId()))]
    const repeated = refused('events__already_appended', '23505')
    t.match(await append(db, [first, other]), [accepted, repeated])
    t.match(await append(db, [first]), [repeated])
  },
)

t.test('Metadata is stored as it was sent', async (t) => {
  const metadata = { actor: 'ann', requestId: 'r-1', nested: [1, null] }
  const id = newId()
  const [event] = userRegistered(id).events
  await append(db, [{ events: [{ ...(event as AppendRequest['events'][0]), metadata }] }])
  const { rows } = await db.query('select metadata from log.events where stream_id = $1', [id])
  t.strictSame(rows, [{ metadata }])
})

t.test('An empty batch has no results', async (t) => {
  t.strictSame(await append(db, []), [])
})

t.test('A request without events fails the call', async (t) => {
  await t.rejects(append(db, [userRegistered(newId()), { events: [] }]), { code: '22023' })
})

t.test('An unknown event type fails the call, and none of its requests is appended', async (t) => {
  const before = await positionNow()
  const [event] = userRegistered(newId()).events
  const unknown = {
    events: [{ ...(event as AppendRequest['events'][0]), type: 'user_forgotten_9' }],
  }
  await t.rejects(append(db, [userRegistered(newId()), unknown]), { code: 'LG004' })
  t.equal(await positionNow(), before)
})

t.test('An event whose data have another stream fails the call', async (t) => {
  const [event] = userRegistered(newId()).events
  const foreign = { events: [{ ...(event as AppendRequest['events'][0]), stream_id: newId() }] }
  await t.rejects(append(db, [foreign]), { code: 'LG003' })
})
