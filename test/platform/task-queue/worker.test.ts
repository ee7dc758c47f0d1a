// Workers on a database: one of them carries out each task, and a worker that dies releases its tasks.
import t from 'tap'
import { measured } from '../../../src/platform/metrics/measurements.ts'
import { enqueue } from '../../../src/platform/task-queue/task.ts'
import { TaskFailure } from '../../../src/platform/task-queue/task-failure.ts'
import { slots } from '../../../src/platform/task-queue/worker.ts'
import { notify, taskQueue } from '../../support/task-queue.ts'
import { until } from '../../support/until.ts'

const { pool, db, left, worker } = await taskQueue(t)

t.test('two workers carry out each of 40 tasks exactly once', async (t) => {
  const done: string[] = []
  for (let n = 0; n < 40; n += 1) await enqueue(pool, 'count_0', { n: String(n) })
  const count = async ({ data }: { data: Readonly<Record<string, string>> }) => {
    done.push(data.n ?? '')
  }
  worker(t, { count_0: count })
  worker(t, { count_0: count })
  await until('all 40 tasks are done', async () => (await left('count_0')).length === 0)
  t.strictSame(
    done.map(Number).sort((a, b) => a - b),
    [...Array(40).keys()],
  )
})

t.test('a worker leaves tasks without a handler of its own to other workers', async (t) => {
  await enqueue(pool, 'unknown_9', {})
  await enqueue(pool, 'known_0', {})
  worker(t, { known_0: async () => undefined })
  await until('the task with a handler is done', async () => (await left('known_0')).length === 0)
  t.strictSame(await left('unknown_9'), [{ attempts: 0, last_error: null, seconds: 0 }])
})

t.test(
  'a failing task is postponed longer each time and in the end kept for an operator',
  async (t) => {
    await enqueue(pool, 'fail_0', {})
    let attempts = 0
    worker(t, {
      fail_0: async () => {
        attempts += 1
        throw new Error(`attempt ${attempts}`)
      },
    })
    const pauses: (number | null)[] = []
    for (let n = 1; n <= 32; n += 1) {
      await until(`attempt ${n} has failed`, async () => (await left('fail_0'))[0]?.attempts === n)
      const [row] = await left('fail_0')
      t.equal(row?.last_error, `attempt ${n}`)
      pauses.push(row?.seconds ?? null)
      if (n === 32) break
      await db.query(`update work.tasks set due_at = now() where process = 'fail_0'; ${notify}`)
    }
    const near = (seconds: number | null) =>
      seconds === null ? null : Math.ceil(Math.log2(seconds))
    t.strictSame(pauses.slice(3, 15).map(near), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    t.ok(pauses.slice(15, 31).every((seconds) => seconds && Math.abs(seconds - 21_600) < 5))
    t.equal(pauses[31], null, 'the last attempt is followed by no other')
  },
)

t.test('the statements that end an attempt are timed by their names', async (t) => {
  const timed = new Set<string>()
  t.teardown(measured.query.read(({ statement }) => timed.add(statement)))
  await enqueue(pool, 'second_0', {})
  let attempts = 0
  const second = async () => {
    attempts += 1
    if (attempts === 1) throw new Error('the first attempt')
  }
  worker(t, { second_0: second })
  await until('the second attempt is done', async () => (await left('second_0')).length === 0)
  for (const name of ['postponeTask', 'finishTask']) t.ok(timed.has(name), name)
})

t.test('a failure can advise a first pause of a minute, or no retry at all', async (t) => {
  await enqueue(pool, 'later_0', {})
  await enqueue(pool, 'never_0', {})
  worker(t, {
    later_0: () => Promise.reject(new TaskFailure('busy', { retry: 'later' })),
    never_0: () => Promise.reject(new TaskFailure('rejected', { retry: 'never' })),
  })
  for (const [n, pause] of [60, 120, 240].entries()) {
    await until('it has failed again', async () => (await left('later_0'))[0]?.attempts === n + 1)
    const seconds = (await left('later_0'))[0]?.seconds ?? 0
    t.ok(pause - 5 < seconds && seconds <= pause, `a pause of ${seconds} s`)
    await db.query(`update work.tasks set due_at = now() where process = 'later_0'; ${notify}`)
  }
  await until('it is given up', async () => (await left('never_0'))[0]?.attempts === 1)
  t.strictSame(await left('never_0'), [{ attempts: 1, last_error: 'rejected', seconds: null }])
  const { rows } = await db.query(
    `select process from work.tasks where given_up_at > now() - interval '1 min'
     and process in ('later_0', 'never_0')`,
  )
  t.strictSame(rows, [{ process: 'never_0' }], 'the time is recorded')
})

t.test('a hanging task does not block other tasks', async (t) => {
  let release = () => {}
  const hanging = new Promise<void>((resolve) => {
    release = resolve
  })
  await enqueue(pool, 'hang_0', {})
  await enqueue(pool, 'pass_0', {})
  worker(t, { hang_0: () => hanging, pass_0: async () => undefined })
  await until('the other task is done', async () => (await left('pass_0')).length === 0)
  t.equal((await left('hang_0')).length, 1)
  release()
  await until('the released task is done', async () => (await left('hang_0')).length === 0)
})

t.test('tasks that never end do not occupy the slots of a worker forever', async (t) => {
  for (let n = 0; n < 2 * slots; n += 1) await enqueue(pool, 'endless_0', {})
  await enqueue(pool, 'behind_0', {})
  const endless = () => new Promise<void>(() => undefined)
  worker(t, { endless_0: endless, behind_0: async () => undefined }, () => true, 20)
  await until('the task behind them is done', async () => (await left('behind_0')).length === 0)
  const errors = (await left('endless_0')).map(({ last_error }) => last_error)
  t.ok(errors.includes('not done after 0.02 s'))
})

t.test(
  'a failure message with zero bytes and 10,000 characters is stored, and its task postponed',
  async (t) => {
    await enqueue(pool, 'strange_0', {})
    worker(t, {
      strange_0: async () => {
        throw new Error(`550 no\0pe ${'!'.repeat(10_000)}`)
      },
    })
    await until('the task is postponed', async () => (await left('strange_0'))[0]?.attempts === 1)
    const [row] = await left('strange_0')
    t.match(row?.last_error, /^550 nope !+$/)
    t.equal(row?.last_error?.length, 1000, 'a long message is truncated')
  },
)

t.test('a worker that loses its connection during a task releases the task', async (t) => {
  await enqueue(pool, 'lose_0', {})
  let began = 0
  worker(t, {
    lose_0: async () => {
      began += 1
      if (began > 1) return
      await db.query(`select pg_terminate_backend(pid) from pg_locks
        where database = (select oid from pg_database where datname = current_database())
          and relation = 'work.tasks'::regclass and mode = 'RowShareLock' and pid <> pg_backend_pid()`)
    },
  })
  await until(
    'another slot has carried out the task',
    async () => (await left('lose_0')).length === 0,
  )
  t.equal(began, 2)
})

t.test(
  'a closing worker waits for its running task only as long as allowed, and then releases it',
  async (t) => {
    await enqueue(pool, 'stay_0', {})
    let began = false
    const first = worker(t, {
      stay_0: () => {
        began = true
        return new Promise(() => undefined)
      },
    })
    await until('the task has begun', async () => began)
    await first.close(0)
    t.equal((await left('stay_0')).length, 1)
    worker(t, { stay_0: async () => undefined })
    await until(
      'another slot has carried out the task',
      async () => (await left('stay_0')).length === 0,
    )
  },
)

t.test('a worker takes no task while it may not work', async (t) => {
  await enqueue(pool, 'wait_0', {})
  let may = false
  let checks = 0
  const done: boolean[] = []
  const mayWork = () => {
    checks += 1
    return may
  }
  worker(t, { wait_0: async () => void done.push(may) }, mayWork)
  await until('every slot has checked three times', async () => checks > 3 * slots)
  may = true
  await until('the task is done', async () => (await left('wait_0')).length === 0)
  t.strictSame(done, [true])
})
