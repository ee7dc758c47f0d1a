// `epistle tasks --process`: the tasks of one process manager alone.
import t from 'tap'
import { connect, installedDatabase } from '../support/installed.ts'
import { epistle, finished } from '../support/service.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
await db.query(
  `insert into work.tasks (process, due_at, attempts) values ('a_0', 'infinity', 1), ('b_0', 'infinity', 1)`,
)
const tasks = (...args: string[]) =>
  finished(epistle(t, ['tasks', ...args], { env: { DATABASE_URL: url } }))

t.test('tasks --process lists and retries the tasks of one process manager', async (t) => {
  const { stdout } = await tasks('--process', 'b_0', '--json')
  t.match(JSON.parse(stdout).tasks, [{ process: 'b_0' }])
  t.equal(JSON.parse(stdout).tasks.length, 1)
  const retried = await tasks('retry', '--all', '--process', 'b_0')
  t.match(retried, { code: 0, stdout: '1 task is due again\n' })
  const { rows: acts } = await db.query('select act, arguments from work.acts')
  t.strictSame(acts, [{ act: 'retry_tasks', arguments: { all: true, process: 'b_0' } }])
  const { rows: left } = await db.query('select process from work.tasks where attempts > 0')
  t.strictSame(left, [{ process: 'a_0' }])
})

t.test('tasks refuses --process without --all, and what is no process manager', async (t) => {
  const id = '00000000-0000-4000-8000-000000000001'
  const [alone, unknown] = await Promise.all([
    tasks('drop', id, '--process', 'a_0'),
    tasks('list', '--process', 'ada@example.org'),
  ])
  t.match(alone, { code: 1, stderr: /--process works only together with --all/ })
  t.match(unknown, { code: 1, stderr: /--process takes the name of a process manager, such as/ })
})
