// An autovacuum at work on a table gives way to an operator's command. It does so only for a session that has
// waited for longer than deadlock_timeout, which a wait that writers queue behind never does.
import t from 'tap'
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.ts'
import { install } from '../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../src/platform/read-models/retire/retire.ts'
import { append, messageSent, userRegistered } from '../../support/append-requests.ts'
import { freshDatabase } from '../../support/database.ts'
import { freshDirectory, settings } from '../../support/embedded-postgres/embedding.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installInto } from '../../support/installed.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { exampleMessages } from '../../support/read-models/example-releases/example-messages.ts'
import { damage } from '../../support/read-models/rebuild/damage.ts'
import { until } from '../../support/until.ts'

// A server of its own, because the pause between autovacuums is a setting of the whole server.
const server = await startEmbeddedPostgres({
  directory: await freshDirectory(t),
  exclusive: true,
  say: () => undefined,
  settings: { ...settings, synchronous_commit: 'off', autovacuum_naptime: '1s' },
})
t.teardown(() => server.close())
process.env.EPISTLE_TEST_DATABASE_URL = server.url

const url = await freshDatabase(t)
await installInto(url, { to: 3 })
await installInto(url)
const db = await connect(t, url)
const [one, two] = [idOf(1), idOf(2)]
await append(db, [userRegistered(one), userRegistered(two)])
const operator = await connect(t, url)
await operator.query(`set deadlock_timeout = '600ms'`)
const releases = await copyReleases(t)
const { directory, next } = releases
const say = () => undefined

// Vacuums only on request: a server runs three at a time, so others would keep the log's vacuum waiting.
const vacuumed = ['log.message_sent_3', 'read.user_ids_0', 'read.messages_3', 'log.events']
for (const table of vacuumed) {
  await db.query(`alter table ${table} set (autovacuum_enabled = false,
    autovacuum_vacuum_insert_threshold = 1, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_cost_delay = 100)`)
}

// A hundred pages and more for each vacuum: at five pages a second it takes twenty seconds.
const padding = 'x'.repeat(1_500)
await append(
  db,
  Array.from({ length: 600 }, (_, n) => ({
    events: messageSent(idOf(10_000 + n), one, two, padding).events.map((event) => ({
      ...event,
      metadata: { padding },
    })),
  })),
)
await damage(
  db,
  `insert into read.user_ids_0 select gen_random_uuid() from generate_series(1, 2e4)`,
)
await db.query('select pg_stat_force_next_flush()')

/** Lets autovacuum process these tables and no others, and resolves once it is at work on each of them. */
async function untilVacuumed(...tables: string[]): Promise<void> {
  for (const table of vacuumed) {
    await db.query(`alter table ${table} set (autovacuum_enabled = ${tables.includes(table)})`)
  }
  await until(`an autovacuum of ${tables}`, async () => {
    const { rowCount } = await db.query(
      'select distinct relid from pg_stat_progress_vacuum where relid = any ($1::text[]::regclass[])',
      [tables],
    )
    return rowCount === tables.length
  })
}

/** How many vacuums of the tables came to their end. */
async function finished(): Promise<number> {
  const { rows } = await db.query(
    `select sum(autovacuum_count)::int as n from pg_stat_user_tables
     where schemaname || '.' || relname = any ($1)`,
    [vacuumed],
  )
  return rows[0].n
}

t.test('A new machinery is installed while an autovacuum works on the log', async (t) => {
  await releases.append('machinery/01-log/2-events.sql', '-- changed')
  await untilVacuumed('log.events')
  await t.resolves(install({ client: operator, directory, to: next - 1, say }))
  t.equal(await finished(), 0)
})

t.test('Install adds triggers and keys to tables that an autovacuum works on', async (t) => {
  await releases.add({ [`example_messages_${next}`]: await exampleMessages(db, next, {}) })
  await untilVacuumed('log.message_sent_3', 'read.user_ids_0')
  await t.resolves(install({ client: operator, directory, say }))
  t.equal(await finished(), 0)
})

t.test('Retire drops triggers and tables that an autovacuum works on', async (t) => {
  await untilVacuumed('log.message_sent_3', 'read.messages_3')
  const tables = ['messages_3']
  await t.resolves(retire({ client: operator, directory: dbDirectory, tables, say }))
  t.equal(await finished(), 0)
})
