// Appending a decision. A rejection has the code that its constraint names, for every table, and leaves
// nothing in the log.
import t from 'tap'
import { message } from '../../../src/features/messages/message.ts'
import type { UserEvent } from '../../../src/features/users/events.ts'
import { user } from '../../../src/features/users/user.ts'
import type { DomainEvent } from '../../../src/platform/event-store/event.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import { serving } from '../../support/event-store/queue-serving.ts'
import {
  annId,
  annRegistered,
  bobId,
  bobRegistered,
  messageSent,
  passwordChanged,
} from '../../support/event-store/stories.ts'
import { idOf } from '../../support/ids.ts'

const { pool } = await serving(t)
const store = createEventStore(pool)
const rejected = { name: 'RejectedError' }

/** A decision about a user. */
const decision = (streamId: string, expectedVersion: number, ...events: UserEvent[]) => ({
  aggregate: user,
  streamId,
  expectedVersion,
  events,
})
const sending = { aggregate: message, streamId: messageSent.data.id, expectedVersion: 0 }

async function headers(): Promise<number> {
  const { rows } = await pool.query('select count(*)::int as n from log.events')
  return rows[0].n
}

t.test('an append returns the position, the time and the new version of the stream', async (t) => {
  const appended = await store.append(decision(annId, 0, annRegistered))
  const { rows } = await pool.query(
    'select position, recorded_at from log.events where stream_id = $1',
    [annId],
  )
  t.strictSame(appended, {
    position: rows[0].position,
    recordedAt: rows[0].recorded_at,
    version: 1,
  })
  t.match(appended.position, /^\d+$/)
})

t.test('a decision on an outdated version is rejected as version_conflict', async (t) => {
  const before = await headers()
  await t.rejects(store.append(decision(annId, 0, passwordChanged)), {
    ...rejected,
    code: 'version_conflict',
    constraint: 'events__version_conflict',
  })
  t.equal(await headers(), before)
})

t.test('of five concurrent decisions on one version of a stream, one is appended', async (t) => {
  const racing = Array.from({ length: 5 }, (_, n) =>
    store.append(
      decision(annId, 1, {
        ...passwordChanged,
        data: { ...passwordChanged.data, id: idOf(100 + n) },
      }),
    ),
  )
  const outcomes = await Promise.allSettled(racing)
  t.strictSame(
    outcomes.flatMap((o) => (o.status === 'rejected' ? o.reason.code : [])),
    Array(4).fill('version_conflict'),
  )
})

t.test(
  'a decision that violates a constraint of a read table is rejected with its code',
  async (t) => {
    const data = { ...bobRegistered.data, email: 'ANN@EXAMPLE.COM' }
    await t.rejects(store.append(decision(bobId, 0, { type: 'UserRegistered', data })), {
      ...rejected,
      code: 'email_taken',
      constraint: 'users_2__email_taken',
    })
    await t.rejects(store.append({ ...sending, events: [messageSent] }), {
      ...rejected,
      code: 'recipient_unknown',
      constraint: 'messages_10__recipient_unknown',
    })
  },
)

t.test(
  'a decision that violates an unnamed rule of the database is rejected as conflict',
  async (t) => {
    const data = { ...bobRegistered.data, email: null } as unknown as typeof bobRegistered.data
    await t.rejects(store.append(decision(bobId, 0, { type: 'UserRegistered', data })), {
      ...rejected,
      code: 'conflict',
      constraint: undefined,
    })
  },
)

t.test('a decision is rejected when another stream that it expects has moved', async (t) => {
  await store.append(decision(bobId, 0, bobRegistered))
  const expecting = (version: number) =>
    store.append({ ...sending, events: [messageSent], expects: [{ streamId: annId, version }] })
  await t.rejects(expecting(1), { ...rejected, code: 'version_conflict' })
  t.match(await expecting(2), { version: 1 })
})

t.test('an append stores the given event ids and metadata', async (t) => {
  const eventIds = [idOf(201), idOf(202)]
  const metadata = { actor: annId, requestId: 'request', traceId: 'trace', causationId: idOf(203) }
  const id = idOf(204)
  const events: UserEvent[] = [
    { ...bobRegistered, data: { ...bobRegistered.data, id, email: 'cid@example.com' } },
    { ...passwordChanged, data: { ...passwordChanged.data, userId: id } },
  ]
  t.match(await store.append({ ...decision(id, 0, ...events), eventIds, metadata }), { version: 2 })
  const { rows } = await pool.query(
    'select id, metadata from log.events where stream_id = $1 order by position',
    [id],
  )
  t.strictSame(rows, [
    { id: eventIds[0], metadata },
    { id: eventIds[1], metadata },
  ])
})

t.test('an event id that is already in the log is rejected as already_appended', async (t) => {
  const data = { ...bobRegistered.data, id: idOf(205), email: 'dan@example.com' }
  await t.rejects(
    store.append({
      ...decision(idOf(205), 0, { type: 'UserRegistered', data }),
      eventIds: [idOf(201)],
    }),
    { ...rejected, code: 'already_appended' },
  )
})

t.test('a decision of several events is rejected whole', async (t) => {
  const before = await headers()
  const data = { ...bobRegistered.data, id: idOf(206) }
  const events: UserEvent[] = [
    { type: 'UserRegistered', data: { ...data, email: 'eve@example.com' } },
    { type: 'UserRegistered', data },
  ]
  await t.rejects(store.append(decision(idOf(206), 0, ...events)), rejected)
  t.equal(await headers(), before)
})

t.test('an event without a table is a database error, not a rejection', async (t) => {
  const aggregate = { tables: { Forgotten: 'user_forgotten_9' } }
  const events: DomainEvent[] = [{ type: 'Forgotten', data: { id: idOf(207) } }]
  await t.rejects(store.append({ aggregate, streamId: idOf(207), expectedVersion: 0, events }), {
    name: 'error',
    code: 'LG004',
  })
})
