// The writer when its connection is lost: what was sent is recorded once or not at all, its sender
// learns which, and where nobody can know, nobody says no.
import t from 'tap'
import { user } from '../../../../src/features/users/user.ts'
import { uuidV7 } from '../../../../src/platform/event-store/uuid-v7.ts'
import { annId, annRegistered, bobId } from '../../../support/event-store/stories.ts'
import { nobody, outcomes, sending, writing } from '../../../support/event-store/writing.ts'
import { proxied } from '../../../support/proxy.ts'
import { until } from '../../../support/until.ts'

const { url, owner, alone, start, inCompany, count, positions, ...lock } = await writing(t)

/** Somebody who will register, or not. */
function newcomer() {
  const id = uuidV7()
  const data = { ...annRegistered.data, id, email: `${id}@example.org`, username: null }
  const events = [{ type: 'UserRegistered', data } as const]
  return { aggregate: user, streamId: id, expectedVersion: 0, events }
}

t.test('commands in flight when their process is ended are written once', async (t) => {
  const writer = start()
  const decisions = Array.from({ length: 20 }, () => sending(bobId))
  const { inFlight, results } = await inCompany(writer, decisions, async () => {
    for (const pid of await lock.appendsWaiting()) {
      await owner.query('select pg_terminate_backend($1, 5000)', [pid])
    }
  })
  t.match(inFlight, { position: /^\d+$/ })
  t.strictSame(new Set(outcomes(results)), new Set(['accepted']))
  t.equal(await count(decisions.map(({ streamId }) => streamId)), 20)
  t.equal(writer.troubles.length, 1)
})

t.test('a command whose first try still waits when it is sent again is written once', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url })
  const { letGo } = await lock.holdAppends()
  const decision = sending(bobId)
  const appended = store.append(decision)
  await lock.untilAppendsWait(1)
  proxy.cut() // which the server does not notice, since it waits for a lock and not for us
  await lock.untilAppendsWait(2)
  await letGo()
  const { position } = await appended
  t.strictSame(await positions(decision.streamId), [position])
})

t.test('a command whose answer was lost is found, and not sent again', async (t) => {
  const proxy = await proxied(t, url)
  const { store, troubles } = start({ through: proxy.url })
  const decision = sending(bobId)
  const lost = proxy.loseAnswer('verdicts')
  const { position } = await store.append(decision)
  await lost
  t.strictSame(await positions(decision.streamId), [position])
  t.equal(await endOfLog(), Number(position), 'nothing was tried after it')
  t.equal(troubles.length, 1)
})

t.test('so is one whose server took its leave in a language of its own', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url })
  const decision = sending(bobId)
  const fields = ['SFATALE', 'C57P01', 'Mconnessione terminata', '']
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''))
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(body.length + 4, 1)
  const lost = proxy.loseAnswer('verdicts', Buffer.concat([head, body]))
  const { position } = await store.append(decision)
  await lost
  t.strictSame(await positions(decision.streamId), [position])
})

t.test('a first try that arrives after the second changes nothing', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url })
  const decision = sending(bobId)
  const kept = proxy.keepBack('log.append')
  const { position } = await store.append(decision)
  const log = await endOfLog()
  ;(await kept)()
  await until('the first try is over', async () => (await endOfLog()) > log)
  t.strictSame(await positions(decision.streamId), [position])
})

/** The last position that was drawn, be it by something that was refused. */
async function endOfLog(): Promise<number> {
  const { rows } = await owner.query('select last_value::int as last from log.events_position_seq')
  return rows[0].last
}

t.test('what is refused when sent again is not denied: its first try may yet arrive', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url })
  const registration = newcomer()
  const decision = sending(registration.streamId)
  const kept = proxy.keepBack('log.append')
  await t.rejects(store.append(decision), {
    code: 'unavailable',
    reason: /may be recorded, or not/,
  })
  await alone.append(registration)
  ;(await kept)()
  await until('the first try is recorded', async () => (await positions(decision.streamId)).length)
  await t.rejects(
    store.append(sending(nobody)),
    { code: 'recipient_unknown' },
    'what is sure is said',
  )
})

t.test('an event of another with the same id is not taken for one’s own', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url })
  const { holder, letGo } = await lock.holdAppends()
  const id = uuidV7()
  const decision = { ...sending(bobId), eventIds: [id] }
  const appended = store.append(decision)
  await lock.untilAppendsWait(1)
  proxy.cut()
  const [first] = await lock.appendsWaiting()
  await owner.query('select pg_terminate_backend($1, 5000)', [first])
  await lock.untilAppendsWait(1)
  await holder.query(
    `with h as (
       insert into log.events (id, stream_id, stream_version, type)
       values ($1, $2, 1, 'message_sent_3') returning position, recorded_at)
     insert into log.message_sent_3 (id, src_id, dst_id, content, recorded_at, position)
     select $2, $3, $3, 'another', recorded_at, position from h`,
    [id, uuidV7(), annId],
  )
  await letGo()
  await t.rejects(appended, { code: 'unavailable' })
  t.strictSame(await positions(decision.streamId), [])
})

t.test('a command that cannot be brought anywhere is given up, and it is said so', async (t) => {
  const closed = 'postgres://nobody@127.0.0.1:1/nothing'
  const { store, troubles } = start({ through: closed, patienceMs: 100 })
  const sent = Promise.allSettled([1, 2, 3].map(() => store.append(sending(bobId))))
  for (const result of await sent) {
    t.match(result, { reason: { code: 'unavailable', reason: /nothing was recorded/ } })
  }
  t.equal(troubles.length, 1, 'an outage is told once')
})

t.test('one that was sent before the database went away is in doubt', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url, patienceMs: 100 })
  const { letGo } = await lock.holdAppends()
  const decision = sending(bobId)
  const appended = store.append(decision)
  await lock.untilAppendsWait(1)
  await proxy.close()
  await t.rejects(appended, { code: 'unavailable', reason: /may be recorded, or not/ })
  await letGo()
  await until('it is recorded', async () => (await positions(decision.streamId)).length)
})
