// A build whose installer or whose database dies. Batches commit asynchronously, so a crash of the
// database can lose the last of them; it loses rows and position together, and the next run repeats them.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import {
  type InstallOptions,
  install,
} from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import type { Finishing } from '../../../support/database.ts'
import {
  freshDirectory,
  killAndWait,
  postmasterOf,
  query,
  start,
} from '../../../support/embedded-postgres/embedding.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { destroyConnection } from '../../../support/read-models/cut-off.ts'

/** Enough for six batches. */
const people = 12_000

/** A PostgreSQL of this test alone, whose database has release 0 and users. */
async function given(t: Finishing): Promise<{ directory: string; url: string }> {
  const directory = await freshDirectory(t)
  const { url } = await start(t, directory, 'guest')
  await installInto(url, { to: 0 })
  await query(
    url,
    `insert into log.user_registered_0
     select gen_random_uuid(), 'user' || n || '@example.com', 'x' from generate_series(1, ${people}) n`,
  )
  // The write-ahead log is flushed only by a synchronous commit or a full buffer, so a crash has
  // asynchronous commits to lose.
  for (const setting of [
    `wal_writer_delay = '10s'`,
    `wal_writer_flush_after = '1GB'`,
    'autovacuum = off',
  ]) {
    await query(url, `alter system set ${setting}`)
  }
  await query(url, 'select pg_reload_conf()')
  return { directory, url }
}

/** An install that is running. */
interface Install {
  /** Whether it came to its end. */
  readonly done: Promise<boolean>
  /** Ends its connection, as the death of its process would. */
  kill(): void
}

/** Starts an install of a release. */
function installing(
  url: string,
  to: number,
  onUpdate = (_done: number): void => undefined,
  maxRate?: number,
): Install {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  const showProgress: InstallOptions['showProgress'] = () => ({
    update: onUpdate,
    end: () => undefined,
  })
  const run = async (): Promise<boolean> => {
    await client.connect()
    const say = (): void => undefined
    await install({ client, directory: dbDirectory, to, say, showProgress, maxRate })
    await client.end()
    return true
  }
  return { done: run().catch(() => false), kill: () => destroyConnection(client) }
}

/** Stops the database as a crash would, and starts it again. Returns its new URL. */
async function crash(t: Finishing, directory: string): Promise<string> {
  await killAndWait(Number(await postmasterOf(directory)), 'SIGQUIT')
  return (await start(t, directory, 'guest')).url
}

interface TableState {
  readonly state: string
  readonly position: number
  /** Whether its rows are those of the events up to its position, no more and no less. */
  readonly agrees: boolean
}

/** The state of a table of users; undefined before the table is declared. */
async function stateOf(url: string, table: string): Promise<TableState | undefined> {
  const [declared] = await query(url, `select to_regclass('read.${table}') is not null as there`)
  if (!declared?.there) return undefined
  const [row] = await query(
    url,
    `select state, position::int, not exists (
       select from (select position from log.events where position <= t.position) e
         full join read.${table} u using (position)
       where e.position is null or u.position is null) as agrees
     from read.tables t where name = '${table}'`,
  )
  return row as TableState | undefined
}

t.test('A build repeats the batches that a crash of the database lost', async (t) => {
  const { directory, url } = await given(t)
  let [shown, recovered] = [0, Promise.resolve(url)]
  const crashHalfway = (position: number): void => {
    if (shown > people / 2) return
    shown = position
    if (shown > people / 2) recovered = crash(t, directory)
  }
  // The rate is so low that the crash comes before the end, however busy the machine is.
  const { done } = installing(url, 1, crashHalfway, 2_000)
  t.notOk(await done)
  const next = await recovered
  const found = await stateOf(next, 'users_1')
  t.match(found, { state: 'building', agrees: true })
  t.ok(
    Number(found?.position) < shown,
    `progress showed ${shown}, and ${found?.position} survived the crash`,
  )
  t.ok(await installing(next, 1).done)
  t.match(await stateOf(next, 'users_1'), { state: 'live', agrees: true })
  t.strictSame(await damagedTables(await connect(t, next)), [])
})

t.test('Position and rows of a build agree after kills of installer or database', async (t) => {
  const { directory, url: first } = await given(t)
  const random = randomness(3)
  let [url, kills] = [first, 0]
  for (const release of [1, 2]) {
    // Each try can run a little longer than the last, so that kills hit every step.
    for (let limit = 100; ; limit *= 1.3) {
      const run = installing(url, release)
      const end = new AbortController()
      const over = run.done.finally(() => end.abort())
      await pause(random() * limit, undefined, end).catch(() => undefined)
      if (random() < 0.5) run.kill()
      else url = await crash(t, directory)
      const through = await over
      const found = await stateOf(url, `users_${release}`)
      if (found) t.match(found, { agrees: true }, `${found.state} at ${found.position}`)
      if (through) break
      kills += 1
    }
  }
  t.ok(kills > 0, `${kills} kills`)
  t.ok(await installing(url, 2).done)
  t.strictSame(await damagedTables(await connect(t, url)), [])
})
