// A database server that is a standby, from the start or after a failover: Epistle does not serve from it, because
// the primary server does not see its leases. The log contains the reason once.
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { work } from '../../src/work.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { password, served } from '../support/http/served.ts'
import { until } from '../support/until.ts'

const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }
const config = loadConfig(quick)

/** The texts of the warnings about leases, and of what caused them. */
function leaseLines(lines: readonly string[]): string[] {
  const parsed = lines.map((line) => JSON.parse(line))
  const about = parsed.filter(({ msg }) => /leases on the read tables/.test(msg))
  return about.map(({ msg, err }) => (err ? `${msg}: ${err.message}` : msg))
}

t.test('A server outlives the demotion of its database server to a standby', async (t) => {
  const cluster = await ownCluster(t)
  const { log, lines } = readableLog('info')
  const databaseUrl = cluster.url
  const server = await serve({ config, databaseUrl, log })
  t.teardown(() => server.close())
  const register = (username: string) =>
    fetch(`${server.url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${username}@example.org`, username, password }),
    })
  t.equal((await register('ada')).status, 201)

  await cluster.demote()
  const isReported = () => leaseLines(lines).some((line) => /is a standby/.test(line))
  await until('the server knows the standby', async () => isReported())
  for (const answer of [await fetch(`${server.url}/readyz`), await register('bob')]) {
    t.equal(answer.status, 503)
    t.ok(answer.headers.has('retry-after'))
    t.match(await answer.json(), { code: 'unavailable', detail: /no connection to the primary/ })
  }
  const refused = {
    name: 'ServeError',
    message: /the server of the database .* is a standby; connect to the primary server/,
  }
  await t.rejects(serve({ config, databaseUrl, log }), refused, 'serve refuses it at the start')
  await t.rejects(work({ config, databaseUrl, log }), refused, 'work does, too')
  const reports = leaseLines(lines).filter((line) => /is a standby, where leases/.test(line))
  t.equal(reports.length, 1, 'after several attempts there is one report')

  await cluster.promote()
  await until('ready', async () => (await fetch(`${server.url}/readyz`)).status === 200)
  t.equal((await register('bob')).status, 201)
  t.match(leaseLines(lines).at(-1), 'holding the leases on the read tables again')
})

t.test('A server whose connection leads to a standby counts its leases as lost', async (t) => {
  const { owner, lines, send } = await served(t)
  // A proxy can move a connection to another server. Here the same server says that it is a standby.
  await owner.query('set allow_system_table_mods = on')
  const say = (standby: boolean | '1 / 0 = 1') =>
    owner.query(`create or replace function pg_catalog.pg_is_in_recovery() returns boolean
      language sql as 'select ${standby}'`)
  await say(true)
  await until('the leases are lost', async () => leaseLines(lines).length > 0)
  t.equal((await send('/users/me', { token: 'x' })).status, 503)
  // Some attempts to take the leases again later.
  await until('not ready', async () => (await send('/readyz')).status === 503)
  await say('1 / 0 = 1')
  await until('another reason is reported', async () => leaseLines(lines).length > 1)
  await say(false)
  await until('ready', async () => (await send('/readyz')).status === 200)
  t.match(leaseLines(lines), [
    /^lost the leases on the read tables; rejecting reads until they are back: .* is a standby/,
    /^cannot take the leases on the read tables yet; retrying: division by zero/,
    /^holding the leases on the read tables again/,
  ])
})
