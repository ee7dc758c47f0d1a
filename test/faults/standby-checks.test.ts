// A standby is healthy while the server cannot ask the primary server about it, because its own pool is full: it stays in
// use for a while, and is still watched.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { openStandbys } from '../../src/open-standbys.ts'
import { createServicePool } from '../../src/service-pool.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { addressOf, addStandby, makeSynchronous } from '../support/faults/standbys.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { connect } from '../support/installed.ts'
import { until } from '../support/until.ts'

const cluster = await ownCluster(t)
const server = await addStandby(t, cluster.url, 'one')
await makeSynchronous(cluster.url, 'one')

const { log, lines } = readableLog('info')
const primary = createServicePool({ databaseUrl: cluster.url, size: 1, log })
t.teardown(() => primary.end())
const opened = new AsyncDisposableStack()
t.teardown(() => opened.disposeAsync())
const config = { readDatabaseUrl: addressOf([server]), readPoolSize: 4 }
const { all } = await openStandbys({ config, primary, readTables: [], log, opened })
const [standby] = all as [(typeof all)[number]]
const isUsed = () => standby.isUsed
const warnings = () => lines.filter((line) => line.includes('"level":"warn"'))

t.test('A standby stays in use while the pool of the primary server is full', async (t) => {
  t.ok(isUsed())
  const holder = await primary.connect()
  const full = performance.now()
  // Each connection is new to the pool of the standby, so each has to be admitted.
  const sleeping = [14, 1, 1].map((seconds) => standby.pool.query(`select pg_sleep(${seconds})`))
  while (performance.now() - full < 7_000) {
    if (!isUsed()) break
    await pause(100)
  }
  t.ok(isUsed(), 'for some seconds')
  t.strictSame(warnings(), [])
  await until('it is out of use later', async () => !isUsed())
  t.ok(performance.now() - full > 8_000)
  t.match(warnings(), [/does not answer whether the standby is sync.*not reading from a standby/])
  await t.resolves(Promise.all(sleeping), 'no query on it was broken off')
  holder.release()
  await until('it is in use again', async () => isUsed())
})

t.test('A standby that fails while a check hangs is out of use within seconds', async (t) => {
  const owner = await connect(t, cluster.url)
  await owner.query(
    `create or replace function log.standbys() returns table (name text, synchronous boolean)
     language sql stable as $$ select 'one', true from pg_sleep(14) $$`,
  )
  await pause(3_000)
  t.ok(isUsed())
  await server.kill()
  t.ok(await until('it is out of use', async () => !isUsed(), 6))
})
