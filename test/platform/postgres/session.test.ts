// Sessions: what every connection sets, whatever defaults an operator gave the database, and which databases are
// refused.
import t from 'tap'
import { commandSession, openSession } from '../../../src/platform/postgres/session.ts'
import { serviceSession } from '../../../src/service-pool.ts'
import { freshDatabase } from '../../support/database.ts'
import { hostile, setHostileDefaults } from '../../support/hostile-settings.ts'
import { connect, installedDatabase, installInto } from '../../support/installed.ts'
import { epistle, finished } from '../../support/service.ts'

const url = await installedDatabase(t)
await setHostileDefaults(await connect(t, url))

t.test('A session sets everything that it relies on', async (t) => {
  const text = 'select name, current_setting(name, true) as value from unnest($1::text[]) as name'
  const sessions = {
    command: { session: commandSession, timeouts: ['0', '0'] },
    service: { session: serviceSession, timeouts: ['15s', '5s'] },
  }
  for (const [kind, { session, timeouts }] of Object.entries(sessions)) {
    const client = await openSession(url, session, {})
    t.teardown(() => client.end())
    const { rows } = await client.query(text, [Object.keys(hostile)])
    const [statement_timeout, idle_in_transaction_session_timeout] = timeouts
    const special: Record<string, string | undefined> = {
      statement_timeout,
      idle_in_transaction_session_timeout,
    }
    for (const { name, value } of rows) {
      // This version of PostgreSQL may not have the setting.
      if (value !== null) t.equal(value, special[name] ?? hostile[name]?.ours, `${kind}: ${name}`)
    }
  }
})

t.test('Every command works, whatever the defaults of the database', async (t) => {
  const commands = [
    ['status', '--json'],
    ['verify', 'users_2'],
    ['rebuild', 'users_2'],
    ['show', 'users_2', '--at', '0'],
  ]
  const runs = commands.map(async (command) => {
    const { code, stdout, stderr } = await finished(
      epistle(t, command, { env: { DATABASE_URL: url } }),
    )
    t.equal(code, 0, `${command.join(' ')} ${stderr}`)
    if (command[0] === 'status')
      t.match(JSON.parse(stdout).releases[0].installedAt, /^\d{4}-\d\d-\d\dT.*Z$/)
  })
  await Promise.all(runs)
})

t.test('A first install works, whatever the defaults of the database', async (t) => {
  const fresh = await freshDatabase(t)
  await setHostileDefaults(await connect(t, fresh))
  t.match((await installInto(fresh)).at(-1), /the database has release/)
})

t.test(
  'A database with another encoding than UTF8 is refused before anything is done',
  async (t) => {
    const options = (encoding: string) =>
      `encoding '${encoding}' lc_collate 'C' lc_ctype 'C' locale_provider libc`
    for (const encoding of ['SQL_ASCII', 'LATIN1', 'EUC_JP']) {
      const other = await freshDatabase(t, { template: 'template0', options: options(encoding) })
      const refusal = new RegExp(`encoding of the database .* is ${encoding}.* needs UTF8: create`)
      for (const session of [commandSession, serviceSession]) {
        await t.rejects(openSession(other, session, {}), { name: 'SessionError', message: refusal })
      }
    }
  },
)
