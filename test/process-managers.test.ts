// This code handles every task that a release of `db/` enqueues: without a handler a task would wait forever,
// unnoticed.
import t from 'tap'
import type { Handlers } from '../src/platform/task-queue/task.ts'
import { createHandlers, type ProcessManagerDeps } from '../src/process-managers.ts'
import { connect, installedDatabase } from './support/installed.ts'

t.test('Every task that a release enqueues has a handler, in every version', async (t) => {
  const db = await connect(t, await installedDatabase(t))
  const { rows } = await db.query<{ process: string }>(
    `select distinct substring(proname from '^(.*_[0-9]+)_on$') as process
     from pg_proc where pronamespace = 'work'::regnamespace and proname ~ '_[0-9]+_on$'`,
  )
  t.ok(rows.length > 0)
  const { append, send } = createHandlers({} as ProcessManagerDeps)
  const handlers: Handlers = { ...append, ...send }
  for (const { process } of rows) t.type(handlers[process], 'function', process)
})
