// The writer: commands travel in company and each is told its own verdict; what waits is bounded; one
// whose connection is lost is recorded once or not at all, and its sender learns which.
import pg from 'pg'
import t from 'tap'
import { createEventStore } from '../../src/event-store/store.ts'
import { uuidV7 } from '../../src/event-store/uuid-v7.ts'
import { createWriter } from '../../src/event-store/writer.ts'
import { message } from '../../src/messaging/message.ts'
import { user } from '../../src/user/user.ts'
import { connect } from '../installed.ts'
import { until } from '../until.ts'
import { serving } from './serving.ts'
import { annId, annRegistered, bobId, bobRegistered, passwordChanged } from './stories.ts'

const { pool, url } = await serving(t)
const owner = await connect(t, url)
const alone = createEventStore(pool)
for (const [streamId, event] of [
  [annId, annRegistered],
  [bobId, bobRegistered],
] as const) {
  await alone.append({ aggregate: user, streamId, expectedVersion: 0, events: [event] })
}

/** A writer with a connection of its own, and what it was troubled by. */
function writing() {
  const own = new pg.Pool({ connectionString: url, max: 1, options: '-c role=epistle_service' })
  own.on('error', () => undefined)
  const troubles: unknown[] = []
  const writer = createWriter({ pool: own, onTrouble: (error) => troubles.push(error) })
  t.teardown(async () => {
    await writer.close()
    await own.end()
  })
  return { writer, store: createEventStore(pool, writer.write), troubles }
}

const nobody = '00000000-0000-4000-8000-00000000dead'

function sending(to: string, { content = 'hello', actor = annId } = {}) {
  const id = uuidV7()
  const data = { id, srcId: annId, dstId: to, content }
  const events = [{ type: 'MessageSent', data } as const]
  return { aggregate: message, streamId: id, expectedVersion: 0, events, metadata: { actor } }
}

type Sending = ReturnType<typeof sending>

/**
 * What becomes of decisions that are all sent while an append of the same writer is in flight: that
 * one waits for the lock, which the test holds; `meanwhile` is done before it is let go.
 */
async function inCompany(
  { store }: ReturnType<typeof writing>,
  decisions: readonly object[],
  meanwhile: () => Promise<unknown> = async () => undefined,
) {
  const holder = await connect(t, url)
  await holder.query('begin; select log.take_append_lock()')
  const inFlight = store.append(sending(bobId)).catch((error: unknown) => error)
  await until('an append waits', async () => (await appendsWaiting()).length > 0)
  const all = Promise.allSettled(decisions.map((decision) => store.append(decision as Sending)))
  await meanwhile()
  await holder.query('commit')
  return { inFlight: await inFlight, results: await all }
}

/** The processes that wait for the append lock. */
async function appendsWaiting(): Promise<number[]> {
  const { rows } = await owner.query(
    `select pid from pg_locks
     where locktype = 'advisory' and classid = 17744 and objid = 0 and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  )
  return rows.map(({ pid }) => pid)
}

const outcomes = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'rejected' ? result.reason.code : 'accepted'))

async function count(ids: readonly string[]): Promise<number> {
  const { rows } = await owner.query(
    'select count(*)::int as n from read.messages_3 where id = any ($1)',
    [ids],
  )
  return rows[0].n
}

t.test('commands that come while an append is in flight share the next one', async (t) => {
  const { results } = await inCompany(
    writing(),
    Array.from({ length: 50 }, () => sending(bobId)),
  )
  t.strictSame(new Set(outcomes(results)), new Set(['accepted']))
  const moments = results.map((r) => r.status === 'fulfilled' && r.value.recordedAt.getTime())
  t.equal(new Set(moments).size, 1, 'one append, one moment')
})

t.test('of 100 in one batch, 7 are refused for reasons of their own and 93 stand', async (t) => {
  const registering = (change: object) => {
    const id = uuidV7()
    const own = { id, email: `${id}@example.org`, username: id.slice(0, 20) }
    const data = { ...annRegistered.data, ...own, ...change }
    const events = [{ type: 'UserRegistered', data }]
    return { aggregate: user, streamId: id, expectedVersion: 0, events }
  }
  const { email, username } = annRegistered.data
  const spoilt = new Map<number, [object, string]>([
    [0, [registering({ email }), 'email_taken']],
    [13, [registering({ username }), 'username_taken']],
    [14, [sending(nobody), 'recipient_unknown']],
    [50, [changing(7), 'version_conflict']],
    [51, [registering({ username: 'A' }), 'username_malformed']],
    [98, [registering({ passwordHash: null }), 'conflict']],
    [99, [sending(nobody), 'recipient_unknown']],
  ])
  const decisions = Array.from({ length: 100 }, (_, n) => spoilt.get(n)?.[0] ?? sending(bobId))
  const { results } = await inCompany(writing(), decisions)
  t.strictSame(
    outcomes(results),
    decisions.map((_, n) => spoilt.get(n)?.[1] ?? 'accepted'),
  )
})

/** A change of Ann's password, decided on a version of hers. */
function changing(expectedVersion: number) {
  const events = [{ ...passwordChanged, data: { ...passwordChanged.data, id: uuidV7() } }]
  return { aggregate: user, streamId: annId, expectedVersion, events }
}

t.test('of two commands on one version of a stream, one stands', async (t) => {
  const { results } = await inCompany(writing(), [changing(1), changing(1), sending(bobId)])
  t.strictSame(outcomes(results), ['accepted', 'version_conflict', 'accepted'])
})

t.test('a command that the log cannot read fails alone', async (t) => {
  const unreadable = { ...sending(bobId), aggregate: { tables: { MessageSent: 'no_such_3' } } }
  const decisions = Array.from({ length: 9 }, (_, n) => (n === 4 ? unreadable : sending(bobId)))
  const { results } = await inCompany(writing(), decisions)
  t.strictSame(
    outcomes(results),
    decisions.map((_, n) => (n === 4 ? 'LG004' : 'accepted')),
  )
})

t.test('more than may wait is refused as overloaded, and what waits is written', async (t) => {
  const { results } = await inCompany(
    writing(),
    Array.from({ length: 2_005 }, () => sending(bobId)),
  )
  const told = outcomes(results)
  t.strictSame(new Set(told.slice(0, 2_000)), new Set(['accepted']))
  t.strictSame(told.slice(2_000), Array(5).fill('overloaded'))
})

t.test('of what waits, the size is bounded, too', async (t) => {
  const content = 'x'.repeat(2 ** 22)
  const { results } = await inCompany(
    writing(),
    Array.from({ length: 10 }, () => sending(bobId, { content })),
  )
  t.strictSame(outcomes(results), [...Array(8).fill('accepted'), 'overloaded', 'overloaded'])
})

t.test(
  'several decisions are appended together, or none, and the failing one is named',
  async (t) => {
    const { store } = writing()
    const good = [sending(bobId), sending(annId), sending(bobId)]
    t.match(await store.appendAll(good), { position: /^\d+$/ })
    t.equal(await count(good.map(({ streamId }) => streamId)), 3)

    const bad = [sending(bobId), sending(annId), sending(nobody), sending(bobId)]
    await t.rejects(store.appendAll(bad), { code: 'recipient_unknown', decision: 2 })
    t.equal(await count(bad.map(({ streamId }) => streamId)), 0)
  },
)

t.test(
  'a command in flight when its connection is cut is written once, and answered',
  async (t) => {
    const writer = writing()
    const decisions = Array.from({ length: 20 }, () => sending(bobId))
    const { inFlight, results } = await inCompany(writer, decisions, async () => {
      for (const pid of await appendsWaiting()) {
        await owner.query('select pg_terminate_backend($1, 5000)', [pid])
      }
    })
    t.match(inFlight, { position: /^\d+$/ })
    t.strictSame(new Set(outcomes(results)), new Set(['accepted']))
    t.equal(await count(decisions.map(({ streamId }) => streamId)), 20)
    t.equal(writer.troubles.length, 1)
  },
)

t.test(
  'a command that was recorded before its connection was lost is not written again',
  async (t) => {
    const own = new pg.Pool({ connectionString: url, max: 1, options: '-c role=epistle_service' })
    own.on('error', () => undefined)
    t.teardown(() => own.end())
    // The connection breaks when the answer is on its way, which no server can be told to do.
    let answers = 0
    own.on('connect', (client) => {
      const query = client.query.bind(client) as (config: { name?: string }) => Promise<unknown>
      Object.assign(client, {
        query: async (config: { name?: string }) => {
          const answer = await query(config)
          if (config.name !== 'log.append' || answers++ > 0) return answer
          throw new Error('Connection terminated unexpectedly')
        },
      })
    })
    const writer = createWriter({ pool: own, onTrouble: () => undefined })
    const decision = sending(bobId)
    const { position } = await createEventStore(pool, writer.write).append(decision)
    await writer.close()
    const { rows } = await owner.query('select position from log.events where stream_id = $1', [
      decision.streamId,
    ])
    t.strictSame(rows, [{ position }])
    t.equal(answers, 1, 'it was not even sent again')
  },
)

t.test('a writer that closes writes what waits, and takes nothing new', async (t) => {
  const { writer, store } = writing()
  const decisions = Array.from({ length: 300 }, () => sending(bobId))
  const sent = decisions.map((decision) => store.append(decision))
  await writer.close()
  await t.rejects(store.append(sending(bobId)), { code: 'unavailable' })
  t.strictSame(new Set(outcomes(await Promise.allSettled(sent))), new Set(['accepted']))
})
