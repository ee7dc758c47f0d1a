// An operator's command whose process was stopped, or whose machine vanished, in the middle of a transaction:
// what it had locked comes free.
import t from 'tap'
import { withConnection } from '../../../../src/cli/connect.ts'
import { LockError, shortTransaction } from '../../../../src/platform/read-models/transactions.ts'
import { append, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { processOf } from '../../../support/read-models/blocked-sessions.ts'

t.test('writers do not wait for a stopped command for ever, and it is told', async (t) => {
  const url = await installedDatabase(t)
  const [operator, writer] = [await connect(t, url), await connect(t, url)]
  // Twice as long as it may take, and no longer than a server waits for any statement.
  await writer.query(`set statement_timeout = '10s'`)
  const written = Promise.withResolvers<unknown>()
  const stopped = shortTransaction(operator, async () => {
    await operator.query('lock table log.events in share row exclusive mode')
    append(writer, [userRegistered(idOf(1))]).then(written.resolve, written.reject)
    await written.promise.catch(() => undefined)
    await operator.query('select 1')
  })
  const refused = await stopped.then(
    () => undefined,
    (error: unknown) => error,
  )
  t.match(await written.promise, [{ position: /^\d+$/ }])
  t.ok(refused, 'it cannot go on as if nothing had happened')
  t.notMatch(refused, LockError)
})

t.test('a connection that ended between two queries is told with its reason', async (t) => {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const working = withConnection(url, async (client) => {
    const ended = new Promise((resolve) => client.once('end', resolve))
    await db.query('select pg_terminate_backend($1)', [await processOf(client)])
    await ended
    await client.query('select 1')
  })
  await t.rejects(working, {
    name: 'ConnectionError',
    message: /was lost \(terminating connection .*\); run the command again/,
  })
})
