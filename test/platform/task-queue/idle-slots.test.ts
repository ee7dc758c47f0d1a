import t from 'tap'
import { IdleSlots } from '../../../src/platform/task-queue/idle-slots.ts'

const never = new AbortController().signal
const longMs = 60_000

t.test('a wake-up wakes one idle slot and leaves the others asleep', async (t) => {
  const idle = new IdleSlots()
  const stop = new AbortController()
  const awake: string[] = []
  const sleepers = ['first', 'second'].map((name) =>
    idle.sleep(longMs, stop.signal).then(() => awake.push(name)),
  )
  idle.wakeOne()
  await Promise.race(sleepers)
  t.strictSame(awake, ['first'])
  idle.wakeOne()
  await Promise.all(sleepers)
  t.strictSame(awake, ['first', 'second'])
})

t.test('a wake-up without an idle slot keeps the next slot awake once', async (t) => {
  const idle = new IdleSlots()
  idle.wakeOne()
  idle.wakeOne()
  await idle.sleep(longMs, never)
  const began = performance.now()
  await idle.sleep(20, never)
  t.ok(performance.now() - began >= 15, 'the second sleep lasts its time')
})

t.test('a stop wakes every idle slot', async (t) => {
  const idle = new IdleSlots()
  const stop = new AbortController()
  const sleepers = [1, 2].map(() => idle.sleep(longMs, stop.signal))
  stop.abort()
  await Promise.all(sleepers)
  await idle.sleep(longMs, stop.signal)
  t.pass('a sleep after the stop ends at once')
})
