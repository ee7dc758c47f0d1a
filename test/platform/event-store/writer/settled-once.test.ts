// A request that is recorded is accepted, whatever becomes of the requests of another type that were sent with it.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { PendingAppend } from '../../../../src/platform/event-store/writer/pending-append.ts'
import { pendingAppend } from '../../../support/event-store/pending-appends.ts'
import { bobId } from '../../../support/event-store/stories.ts'
import { newcomer, outcomes, sending, writing } from '../../../support/event-store/writing.ts'

const { owner, start, count, holdAppends, untilAppendsWait } = await writing(t)

/** Keeps the process from reading answers for so long. */
function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

t.test('A recorded request is accepted where another type of its batch fails', async (t) => {
  await owner.query(`
    create function log.fail() returns trigger language plpgsql
      as $$ begin raise exception using errcode = '40001'; end $$;
    create trigger fail before insert on log.user_registered_1 execute function log.fail()`)
  const { store } = start({ patienceMs: 50 })
  const { release } = await holdAppends()
  const messages = [sending(bobId), sending(bobId)]
  const all = Promise.allSettled([
    ...messages.map((each) => store.append(each)),
    store.append(newcomer()),
  ])
  await untilAppendsWait(1)
  await pause(100)
  const released = release()
  block(300)
  await released
  t.strictSame(outcomes(await all), ['accepted', 'accepted', 'unavailable'])
  t.equal(await count(messages.map(({ streamId }) => streamId)), 2)
})

t.test('A request has one result, the first', async (t) => {
  const results: string[] = []
  const { request } = pendingAppend()
  const pending = new PendingAppend(
    request,
    ({ position }) => results.push(position),
    (error) => results.push(`${error}`),
  )
  pending.accept({ position: '1', recordedAt: new Date() })
  pending.reject('refused')
  await pause(10)
  t.strictSame(results, ['1'])
})
