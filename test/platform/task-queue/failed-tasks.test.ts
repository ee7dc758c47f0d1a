// Failed tasks are listed, retried, dropped and, after a month, deleted, while workers and other operators work.
import type { ClientBase } from 'pg'
import t from 'tap'
import type { Queryable } from '../../../src/platform/postgres/prepared.ts'
import { readBacklog } from '../../../src/platform/task-queue/backlog.ts'
import {
  type ChangedTasks,
  clearGivenUpTasks,
  dropTasks,
  listFailedTasks,
  retryTasks,
} from '../../../src/platform/task-queue/failed-tasks.ts'
import { enqueue, isAnyTaskDue, takeTask } from '../../../src/platform/task-queue/task.ts'
import { idOf } from '../../support/ids.ts'
import { readsOf } from '../../support/plan.ts'
import { taskQueue } from '../../support/task-queue.ts'
import { until } from '../../support/until.ts'

const { pool, db, left, worker } = await taskQueue(t)
const [waiting, failing, givenUp, old] = [1, 2, 3, 4].map(idOf) as [string, string, string, string]

t.beforeEach(async () => {
  await db.query('delete from work.tasks')
  await db.query(
    `insert into work.tasks (id, process, asked_at, due_at, attempts, last_error, given_up_at) values
       ($1, 'a_0', now() - interval '1 day', now() + interval '1 day', 0, null, null),
       ($2, 'a_0', now() - interval '2 days', now() + interval '1 day', 3, 'busy', null),
       ($3, 'a_0', now() - interval '3 days', 'infinity', 1, 'rejected', now()),
       ($4, 'a_0', now() - interval '40 days', 'infinity', 32, 'gone', now() - interval '31 days')`,
    [waiting, failing, givenUp, old],
  )
})

const failed = async () => (await listFailedTasks(db)).map(({ id }) => id)

t.test('listFailedTasks lists what failed, the oldest first', async (t) => {
  const [first, second, third, ...others] = await listFailedTasks(db)
  t.match(first, { id: old, attempts: 32, retryAt: null, givenUpAt: Date, lastError: 'gone' })
  t.match(second, { id: givenUp, attempts: 1, lastError: 'rejected' })
  t.match(third, { id: failing, retryAt: Date, givenUpAt: null })
  t.strictSame(others, [])
})

t.test('The backlog counts what failed and what is due, by process manager', async (t) => {
  await db.query(
    `insert into work.tasks (process, asked_at, due_at, attempts) values
       ('a_0', now() - interval '50 days', now() - interval '1 minute', 0),
       ('b_0', now(), now(), 0), ('b_0', now(), now(), 0)`,
  )
  const [first, second, ...others] = await readBacklog(db)
  const lastError = 'gone' // of the oldest failed task
  t.match(first, { process: 'a_0', waiting: 1, failing: 1, givenUp: 2, oldest: Date, lastError })
  t.ok(Date.now() - Number(first?.oldest) > 49 * 86_400_000)
  t.ok(Date.now() - Number(first?.waitingSince) < 600_000, 'what failed has not waited since')
  t.match(second, { process: 'b_0', waiting: 2, failing: 0, givenUp: 0, lastError: null })
  t.strictSame(others, [])
})

t.test('The backlog and the failed tasks are read by indexes', async (t) => {
  await db.query(
    `insert into work.tasks (process, due_at) select 'a_0', now() + interval '30 days' from generate_series(1, 2000)`,
  )
  await db.query('analyze work.tasks')
  for (const read of [readBacklog, listFailedTasks]) {
    const plan = await planOf(read)
    t.match(plan, 'tasks_failed', read.name)
    t.notMatch(plan, 'Seq Scan', read.name)
  }
})

t.test('A worker that looks for due tasks reads none that is due later', async (t) => {
  await db.query(
    `insert into work.tasks (process, due_at) select 'a_0', now() + interval '30 days' from generate_series(1, 2000)`,
  )
  await db.query('analyze work.tasks')
  // A text, because an explained statement gets its values as literals.
  const processes = '{a_0}' as unknown as string[]
  for (const look of [takeTask, isAnyTaskDue]) {
    // It gets no row, and can throw for that.
    const ask = (on: Queryable) => look(on as ClientBase, processes).catch(() => undefined)
    const { nodes } = await readsOf(db, ask)
    t.equal(
      nodes.reduce((sum, { read }) => sum + read, 0),
      0,
      look.name,
    )
  }
})

/** The plan of the last query that this sends. */
async function planOf(read: (on: Queryable) => Promise<unknown>): Promise<string> {
  let plan = ''
  const query = async (text: string, values?: unknown[]) => {
    if (text.includes('to_regclass')) return db.query(text)
    plan = JSON.stringify((await db.query(`explain ${text}`, values)).rows)
    return { rows: [] }
  }
  await read({ query } as unknown as Queryable)
  return plan
}

t.test('retryTasks makes every failed task new, or those named', async (t) => {
  t.strictSame(await retryTasks(db, [givenUp, waiting, idOf(9)]), {
    ...{ count: 1, processes: { a_0: 1 } },
    ids: [givenUp],
  })
  t.strictSame(await failed(), [old, failing])
  t.strictSame((await retryTasks(db, 'all')).ids, [old, failing])
  t.strictSame(await failed(), [])
  const { rows } = await db.query(
    `select id from work.tasks where due_at <= now() and attempts = 0 and last_error is null
       and given_up_at is null order by id`,
  )
  t.strictSame(
    rows.map(({ id }) => id),
    [failing, givenUp, old],
  )
})

t.test(
  'listFailedTasks, retryTasks and dropTasks take the failed tasks of one process manager',
  async (t) => {
    await db.query(
      `insert into work.tasks (id, process, due_at, attempts) values
       ($1, 'b_0', 'infinity', 1), ($2, 'b_0', now() + interval '1 day', 1)`,
      [idOf(5), idOf(6)],
    )
    t.match(await listFailedTasks(db, { process: 'b_0' }), [{ id: idOf(5) }, { id: idOf(6) }])
    t.match(await dropTasks(db, { process: 'b_0' }), { count: 1, ids: [idOf(5)] })
    t.match(await retryTasks(db, { process: 'b_0' }), { count: 1, processes: { b_0: 1 } })
    t.strictSame(await failed(), [old, givenUp, failing])
  },
)

t.test('dropTasks deletes what was given up, or failed tasks that are named', async (t) => {
  t.strictSame((await dropTasks(db, 'all')).ids, [old, givenUp])
  const { ids } = await dropTasks(db, [waiting, failing])
  t.strictSame(ids, [failing], 'no task that has not failed')
  t.strictSame(await failed(), [])
  t.equal((await left('a_0')).length, 1)
})

t.test('retryTasks and dropTasks go over all tasks once, in steps, and count them', async (t) => {
  // Many have one time, and microseconds that a Date does not keep.
  const time = '2026-01-01T00:00:00.123456Z'
  await db.query(
    `insert into work.tasks (process, asked_at, due_at, attempts)
     select 'b_0', $1, 'infinity', 1 from generate_series(1, 300)`,
    [time],
  )
  const counts: number[] = []
  const report = ({ count }: ChangedTasks) => counts.push(count)
  // Each of these fails again as soon as it is due.
  await db.query(
    `create function work.fail_again() returns trigger language plpgsql as
       $$ begin new.attempts := 1; return new; end $$;
     create trigger fail_again before update on work.tasks for each row execute function work.fail_again()`,
  )
  const { ids, ...retried } = await retryTasks(db, 'all', { report, step: 100 })
  t.strictSame(retried, { count: 303, processes: { a_0: 3, b_0: 300 } })
  t.equal(ids.length, 100)
  t.strictSame(counts, [100, 200, 300, 303])
  await db.query('drop function work.fail_again cascade')
  await db.query(`update work.tasks set due_at = 'infinity' where process = 'b_0'`)
  t.match(await dropTasks(db, 'all', { step: 100 }), { count: 300, processes: { b_0: 300 } })
})

t.test('Of concurrent commands for the same tasks, each task gets one', async (t) => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => pool.connect()))
  const ids = [failing, givenUp, old]
  const changed = await Promise.all(
    clients.map((client, n) => (n % 2 ? retryTasks(client, ids) : dropTasks(client, ids))),
  )
  for (const client of clients) client.release()
  t.strictSame(changed.flatMap((each) => each.ids).sort(), ids)
  t.strictSame(await failed(), [])
})

t.test('A task that a worker is running is left to the worker', async (t) => {
  await enqueue(pool, 'run_0', {})
  await db.query(`update work.tasks set attempts = 1 where process = 'run_0'`)
  const { rows } = await db.query(`select id from work.tasks where process = 'run_0'`)
  const { promise, resolve: finish } = Promise.withResolvers<void>()
  let began = false
  worker(t, {
    run_0: () => {
      began = true
      return promise
    },
  })
  await until('the task runs', async () => began)
  t.equal((await dropTasks(db, [rows[0].id])).count, 0)
  t.notOk((await retryTasks(db, 'all')).ids.includes(rows[0].id))
  finish()
  await until('the task is done', async () => (await left('run_0')).length === 0)
})

t.test('clearGivenUpTasks deletes what was given up 30 days ago, and nothing else', async (t) => {
  await db.query(
    `insert into work.tasks (process, due_at, attempts, given_up_at)
     select 'a_0', 'infinity', 1, now() - interval '31 days' from generate_series(1, 5)`,
  )
  t.equal(await clearGivenUpTasks(pool, 2), 6, 'in steps of two')
  t.strictSame(await failed(), [givenUp, failing])
  t.equal(await clearGivenUpTasks(pool, 2), 0)
})
