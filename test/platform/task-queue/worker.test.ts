// Workers on a database: each task is done, by one of them, and given back by whoever dies with it.
import pino from 'pino'
import t from 'tap'
import { ask, type Handlers } from '../../../src/platform/task-queue/task.ts'
import { slots, startWorker } from '../../../src/platform/task-queue/worker.ts'
import type { Finishing } from '../../support/database.ts'
import { openPool } from '../../support/domain.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { until } from '../../support/until.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const pool = openPool(t, url)

interface Row {
  readonly attempts: number
  readonly last_error: string | null
  readonly seconds: number | null
}

async function left(process: string): Promise<Row[]> {
  const { rows } = await db.query<Row>(
    `select attempts, last_error,
       case when isfinite(due_at) then round(extract(epoch from due_at - clock_timestamp()))::int end
         as seconds
     from work.tasks where process = $1`,
    [process],
  )
  return rows
}

function worker(t: Finishing, handlers: Handlers, mayWork = () => true, patienceMs?: number) {
  const own = openPool(t, url)
  const log = pino({ level: 'silent' })
  const started = startWorker({
    pool: own,
    handlers,
    mayWork,
    log,
    ...(patienceMs && { patienceMs }),
  })
  t.teardown(() => started.close(1))
  return started
}

t.test('a task is done once, however many workers there are', async (t) => {
  const done: string[] = []
  for (let n = 0; n < 40; n += 1) await ask(pool, 'count_0', { n: String(n) })
  const count = async ({ data }: { data: Readonly<Record<string, string>> }) => {
    done.push(data.n ?? '')
  }
  worker(t, { count_0: count })
  worker(t, { count_0: count })
  await until('all are done', async () => (await left('count_0')).length === 0)
  t.strictSame(
    done.map(Number).sort((a, b) => a - b),
    [...Array(40).keys()],
  )
})

t.test('a task of a process that it does not know is left to another', async (t) => {
  await ask(pool, 'unheard_of_9', {})
  await ask(pool, 'known_0', {})
  worker(t, { known_0: async () => undefined })
  await until('the known one is done', async () => (await left('known_0')).length === 0)
  t.strictSame(await left('unheard_of_9'), [{ attempts: 0, last_error: null, seconds: 0 }])
})

t.test('what fails is put off, longer each time, and in the end left to an operator', async (t) => {
  await ask(pool, 'fail_0', {})
  let tries = 0
  worker(t, {
    fail_0: async () => {
      tries += 1
      throw new Error(`try ${tries}`)
    },
  })
  const pauses: (number | null)[] = []
  for (let n = 1; n <= 32; n += 1) {
    await until(`try ${n}`, async () => (await left('fail_0'))[0]?.attempts === n)
    const [row] = await left('fail_0')
    t.equal(row?.last_error, `try ${n}`)
    pauses.push(row?.seconds ?? null)
    if (n < 32) await db.query(`update work.tasks set due_at = now() where process = 'fail_0'`)
  }
  const near = (seconds: number | null) => (seconds === null ? null : Math.ceil(Math.log2(seconds)))
  t.strictSame(pauses.slice(3, 15).map(near), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
  t.ok(pauses.slice(15, 31).every((seconds) => seconds && Math.abs(seconds - 21_600) < 5))
  t.equal(pauses[31], null, 'never again by itself')
})

t.test('while one task hangs, others are done', async (t) => {
  let release = () => {}
  const hanging = new Promise<void>((resolve) => {
    release = resolve
  })
  await ask(pool, 'hang_0', {})
  await ask(pool, 'pass_0', {})
  worker(t, { hang_0: () => hanging, pass_0: async () => undefined })
  await until('the other is done', async () => (await left('pass_0')).length === 0)
  t.equal((await left('hang_0')).length, 1)
  release()
  await until('and then it is, too', async () => (await left('hang_0')).length === 0)
})

t.test('tasks that never end do not keep the slots for ever', async (t) => {
  for (let n = 0; n < 2 * slots; n += 1) await ask(pool, 'endless_0', {})
  await ask(pool, 'behind_0', {})
  const endless = () => new Promise<void>(() => undefined)
  worker(t, { endless_0: endless, behind_0: async () => undefined }, () => true, 20)
  await until('the one behind is done', async () => (await left('behind_0')).length === 0)
  const errors = (await left('endless_0')).map(({ last_error }) => last_error)
  t.ok(errors.includes('not done after 0.02 s'))
})

t.test('whatever a failure says, it is written down, and the task put off', async (t) => {
  await ask(pool, 'strange_0', {})
  worker(t, {
    strange_0: async () => {
      throw new Error(`550 no\0pe ${'!'.repeat(10_000)}`)
    },
  })
  await until('it is put off', async () => (await left('strange_0'))[0]?.attempts === 1)
  const [row] = await left('strange_0')
  t.match(row?.last_error, /^550 nope !+$/)
  t.equal(row?.last_error?.length, 1000, 'a server may say a lot')
})

t.test('who loses the connection in the middle gives the task back at once', async (t) => {
  await ask(pool, 'lose_0', {})
  let began = 0
  worker(t, {
    lose_0: async () => {
      began += 1
      if (began > 1) return
      await db.query(`select pg_terminate_backend(pid) from pg_locks
        where relation = 'work.tasks'::regclass and mode = 'RowShareLock' and pid <> pg_backend_pid()`)
    },
  })
  await until('another has done it', async () => (await left('lose_0')).length === 0)
  t.equal(began, 2)
})

t.test('a close waits for what runs, not longer than told, and leaves it to others', async (t) => {
  await ask(pool, 'stay_0', {})
  let began = false
  const first = worker(t, {
    stay_0: () => {
      began = true
      return new Promise(() => undefined)
    },
  })
  await until('it has begun', async () => began)
  await first.close(0)
  t.equal((await left('stay_0')).length, 1)
  worker(t, { stay_0: async () => undefined })
  await until('another has done it', async () => (await left('stay_0')).length === 0)
})

t.test('nothing is taken while it may not work', async (t) => {
  await ask(pool, 'wait_0', {})
  let may = false
  let asked = 0
  const done: boolean[] = []
  const mayWork = () => {
    asked += 1
    return may
  }
  worker(t, { wait_0: async () => void done.push(may) }, mayWork)
  await until('it has looked again and again', async () => asked > 12)
  may = true
  await until('it is done', async () => (await left('wait_0')).length === 0)
  t.strictSame(done, [true])
})
