// Every process that a release of `db/` ever brought is done by this code: a task without a handler would
// wait for ever, and nobody be told.
import t from 'tap'
import { createHandlers, type ProcessManagerDeps } from '../src/process-managers.ts'
import { connect, installedDatabase } from './support/installed.ts'

t.test('what the releases enqueue has a handler, in each version that there was', async (t) => {
  const db = await connect(t, await installedDatabase(t))
  const { rows } = await db.query<{ process: string }>(
    `select distinct substring(proname from '^(.*_[0-9]+)_on$') as process
     from pg_proc where pronamespace = 'work'::regnamespace and proname ~ '_[0-9]+_on$'`,
  )
  t.ok(rows.length > 0)
  const handlers = createHandlers({} as ProcessManagerDeps)
  for (const { process } of rows) t.type(handlers[process], 'function', process)
})
