// The writer: commands travel in company and each is told its own verdict; what waits is bounded; one
// whose connection is lost is recorded once or not at all, and its sender learns which.
import { once } from 'node:events'
import t from 'tap'
import { user } from '../../../../src/features/users/user.ts'
import { uuidV7 } from '../../../../src/platform/event-store/uuid-v7.ts'
import {
  annId,
  annRegistered,
  bobId,
  passwordChanged,
} from '../../../support/event-store/stories.ts'
import { nobody, outcomes, sending, writing } from '../../../support/event-store/writing.ts'

const { start, inCompany, count } = await writing(t)

t.test('commands that come while an append is in flight share the next one', async (t) => {
  const { results } = await inCompany(
    start(),
    Array.from({ length: 50 }, () => sending(bobId)),
  )
  t.strictSame(new Set(outcomes(results)), new Set(['accepted']))
  const moments = results.map((r) => r.status === 'fulfilled' && r.value.recordedAt.getTime())
  t.equal(new Set(moments).size, 1, 'one append, one moment')
})

t.test('the next batch is on its way before those of the last are told', async (t) => {
  const { pool, store } = start()
  const happened: string[] = []
  pool.on('acquire', () => happened.push('sent'))
  const first = store.append(sending(bobId)).then(() => happened.push('told'))
  await once(pool, 'acquire')
  await Promise.all([first, store.append(sending(bobId))])
  t.strictSame(happened, ['sent', 'sent', 'told'])
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
  const { results } = await inCompany(start(), decisions)
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
  const { results } = await inCompany(start(), [changing(1), changing(1), sending(bobId)])
  t.strictSame(outcomes(results), ['accepted', 'version_conflict', 'accepted'])
})

t.test('a command that the log cannot read fails alone', async (t) => {
  const unreadable = { ...sending(bobId), aggregate: { tables: { MessageSent: 'no_such_3' } } }
  const decisions = Array.from({ length: 9 }, (_, n) => (n === 4 ? unreadable : sending(bobId)))
  const { results } = await inCompany(start(), decisions)
  t.strictSame(
    outcomes(results),
    decisions.map((_, n) => (n === 4 ? 'LG004' : 'accepted')),
  )
})

t.test('more than may wait is refused as overloaded, and what waits is written', async (t) => {
  const { results } = await inCompany(
    start(),
    Array.from({ length: 2_005 }, () => sending(bobId)),
  )
  const told = outcomes(results)
  t.strictSame(new Set(told.slice(0, 2_000)), new Set(['accepted']))
  t.strictSame(told.slice(2_000), Array(5).fill('overloaded'))
})

t.test('of what waits, the size is bounded, too', async (t) => {
  const content = 'x'.repeat(2 ** 22)
  const { results } = await inCompany(
    start(),
    Array.from({ length: 10 }, () => sending(bobId, { content })),
  )
  t.strictSame(outcomes(results), [...Array(8).fill('accepted'), 'overloaded', 'overloaded'])
})

t.test(
  'several decisions are appended together, or none, and the failing one is named',
  async (t) => {
    const { store } = start()
    const good = [sending(bobId), sending(annId), sending(bobId)]
    t.match(await store.appendAll(good), { position: /^\d+$/ })
    t.equal(await count(good.map(({ streamId }) => streamId)), 3)

    const bad = [sending(bobId), sending(annId), sending(nobody), sending(bobId)]
    await t.rejects(store.appendAll(bad), { code: 'recipient_unknown', decision: 2 })
    t.equal(await count(bad.map(({ streamId }) => streamId)), 0)
  },
)

t.test('a writer that closes writes what waits, and takes nothing new', async (t) => {
  const { writer, store } = start()
  const decisions = Array.from({ length: 300 }, () => sending(bobId))
  const sent = decisions.map((decision) => store.append(decision))
  await writer.close()
  await t.rejects(store.append(sending(bobId)), { code: 'unavailable' })
  t.strictSame(new Set(outcomes(await Promise.allSettled(sent))), new Set(['accepted']))
})
