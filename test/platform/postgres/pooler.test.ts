// A connection pooler between Epistle and its database: PgBouncer in session mode works, in other modes it is
// refused.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createEpistleClient } from '../../../openapi/client.ts'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import { work } from '../../../src/work.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { password } from '../../support/http/served.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { hasPooler, startPooler } from '../../support/pooler.ts'
import { epistle, finished } from '../../support/service.ts'
import { until } from '../../support/until.ts'

const { log } = readableLog('silent')

const skip = hasPooler ? false : 'pgbouncer is not installed'
const databaseUrl = hasPooler ? await installedDatabase(t) : ''
const poolers = hasPooler
  ? await startPooler(t, databaseUrl)
  : { session: '', transaction: '', statement: '' }

t.test('serve and work run behind PgBouncer in session mode', { skip }, async (t) => {
  const owner = await connect(t, databaseUrl)
  const name = new URL(databaseUrl).pathname.slice(1)
  await owner.query(`alter database ${name} set default_transaction_isolation = 'serializable'`)
  const outbox = await mkdtemp(join(tmpdir(), 'epistle-outbox-'))
  t.teardown(() => rm(outbox, { recursive: true }))
  const config = loadConfig({ PORT: '0', RATE_LIMITS: 'off', MAIL_OUTBOX: outbox })
  const working = await work({ config, databaseUrl: poolers.session, log })
  t.teardown(() => working.close())
  const server = await serve({ config, databaseUrl: poolers.session, log })
  t.teardown(() => server.close())
  const epistle = createEpistleClient({ baseUrl: server.url })
  const email = 'ada@example.org'
  const user = { email, username: 'ada', password }
  t.equal((await epistle.POST('/users', { body: user })).response.status, 201)
  const { data, error } = await epistle.POST('/sessions', { body: { email, password } })
  t.equal(error, undefined)
  const headers = { authorization: `Bearer ${data?.token}` }
  const stop = new AbortController()
  const stream = await fetch(`${server.url}/stream`, { headers, signal: stop.signal })
  t.equal(stream.status, 200)
  stop.abort()
  const query = { box: 'inbox' } as const
  const inbox = () => epistle.GET('/messages', { params: { query }, headers })
  await until('the welcome arrives', async () => (await inbox()).data?.items.length === 1)
  const holders = await owner.query(
    `select distinct application_name as name from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and datname = current_database()
         and application_name ~ '^epistle (serve|work)'`,
  )
  t.equal(holders.rowCount, 2, 'both hold their leases')
})

t.test('Commands run behind PgBouncer in session mode', { skip }, async (t) => {
  const env = { DATABASE_URL: poolers.session }
  const { code, stderr } = await finished(epistle(t, ['verify', 'users_2'], { env }))
  t.equal(code, 0, stderr)
})

for (const mode of ['transaction', 'statement'] as const) {
  t.test(
    `Epistle refuses PgBouncer in ${mode} mode, and leaves its sessions as they were`,
    { skip },
    async (t) => {
      const databaseUrl = poolers[mode]
      const message = /pooler.*each transaction another session.*set its pool mode to session/
      const refused = { name: 'ServeError', message }
      const config = loadConfig({ PORT: '0' })
      await t.rejects(serve({ config, databaseUrl, log }), refused)
      await t.rejects(work({ config, databaseUrl, log }), refused)
      const installing = epistle(t, ['install'], { env: { DATABASE_URL: databaseUrl } })
      const { code, stderr } = await finished(installing)
      t.equal(code, 1)
      t.match(stderr, message)
      const client = await connect(t, databaseUrl)
      t.match((await client.query('show role')).rows, [{ role: 'none' }])
    },
  )
}
