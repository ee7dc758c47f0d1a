// How long idle workers wait for a task: a notification wakes them, and a lost one only delays the task.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { enqueue } from '../../../src/platform/task-queue/task.ts'
import { pollMs } from '../../../src/platform/task-queue/worker.ts'
import { idOf } from '../../support/ids.ts'
import { readProcesses } from '../../support/process-managers.ts'
import { notify, taskQueue } from '../../support/task-queue.ts'
import { until } from '../../support/until.ts'

const { pool, db, left, worker } = await taskQueue(t)

/** How long (ms) until no task of a process manager is left, from the start of `cause`. */
async function timeUntilDone(process: string, cause: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await cause()
  await until(`the tasks of ${process} are done`, async () => (await left(process)).length === 0)
  return performance.now() - began
}

t.test('an idle worker takes an enqueued task without waiting for its poll', async (t) => {
  worker(t, { prompt_0: async () => undefined })
  for (let n = 0; n < 3; n += 1) {
    // Long enough for every slot to be idle, and far from the next poll.
    await pause(500)
    const ms = await timeUntilDone('prompt_0', () => enqueue(pool, 'prompt_0', {}))
    t.ok(ms < pollMs / 2, `task ${n + 1} took ${ms} ms`)
  }
})

t.test('an idle worker takes the task of an event without waiting for its poll', async (t) => {
  const { welcome = '' } = await readProcesses(db)
  worker(t, { [welcome]: async () => undefined })
  await pause(500)
  const ms = await timeUntilDone(welcome, () =>
    db.query(`insert into log.user_registered_1 values ($1, 'a@example.org', 'x', 'ann')`, [
      idOf(1),
    ]),
  )
  t.ok(ms < pollMs / 2, `the task took ${ms} ms`)
})

t.test(
  'an idle worker takes more due tasks than it has slots after one notification',
  async (t) => {
    worker(t, { burst_0: () => pause(50) })
    await pause(500)
    const insert = `insert into work.tasks (process) select 'burst_0' from generate_series(1, 12)`
    const ms = await timeUntilDone('burst_0', () => db.query(`begin; ${insert}; ${notify}; commit`))
    t.ok(ms < pollMs / 2, `12 tasks of 50 ms took ${ms} ms`)
  },
)

t.test('a lost notification only delays a task', async (t) => {
  worker(t, { silent_0: async () => undefined })
  await pause(500)
  const ms = await timeUntilDone('silent_0', () =>
    db.query(`insert into work.tasks (process) values ('silent_0')`),
  )
  t.ok(ms < 2 * pollMs, `the task took ${ms} ms`)
})

t.test('a postponed task is retried when it is due, without a notification', async (t) => {
  let attempts = 0
  worker(t, {
    retry_0: async () => {
      attempts += 1
      if (attempts === 1) throw new Error('the first attempt')
    },
  })
  const ms = await timeUntilDone('retry_0', () => enqueue(pool, 'retry_0', {}))
  t.equal(attempts, 2)
  t.ok(ms > 900 && ms < 0.8 * pollMs, `the second attempt, due after 1 s, was done after ${ms} ms`)
})
