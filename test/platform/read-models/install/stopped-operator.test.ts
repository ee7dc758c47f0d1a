// An operator's command whose process was stopped, or whose machine vanished, in the middle of a
// transaction: its locks are released after a while.
import t from 'tap'
import { withConnection } from '../../../../src/command-connection.ts'
import { LockError, shortTransaction } from '../../../../src/platform/read-models/transactions.ts'
import { append, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { backendPid } from '../../../support/read-models/blocked-sessions.ts'

t.test('A stopped command loses its locks to writers and fails when it continues', async (t) => {
  const url = await installedDatabase(t)
  const [operator, writer] = [await connect(t, url), await connect(t, url)]
  // Twice the time that it may take, and the time that a server waits for any statement.
  await writer.query(`set statement_timeout = '10s'`)
  const written = Promise.withResolvers<unknown>()
  const stopped = shortTransaction(operator, async () => {
    await operator.query('lock table log.events in share row exclusive mode')
    append(writer, [userRegistered(idOf(1))]).then(written.resolve, written.reject)
    await written.promise.catch(() => undefined)
    return { statements: [] }
  })
  const refused = await stopped.then(
    () => undefined,
    (error: unknown) => error,
  )
  t.match(await written.promise, [{ position: /^\d+$/ }])
  t.ok(refused, 'the stopped command fails')
  t.notMatch(refused, LockError)
})

t.test('A connection lost between two queries is reported with its reason', async (t) => {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const working = withConnection(url, async (client) => {
    const ended = new Promise((resolve) => client.once('end', resolve))
    await db.query('select pg_terminate_backend($1)', [await backendPid(client)])
    await ended
    await client.query('select 1')
  })
  await t.rejects(working, {
    name: 'ConnectionError',
    message: /was lost \(terminating connection .*\); run the command again/,
  })
})
