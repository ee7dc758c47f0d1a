// A build whose installer or whose database dies: its batches commit asynchronously, so a database may
// forget the last of them, but then it forgets rows and position together, and the next run does them
// again.
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
import { damages } from '../../../support/read-models/agreement.ts'

/** Enough for six batches. */
const people = 12_000

/** A server of the test's own, whose database has release 0 and people. */
async function given(t: Finishing): Promise<{ directory: string; url: string }> {
  const directory = await freshDirectory(t)
  const { url } = await start(t, directory, 'guest')
  await installInto(url, { to: 0 })
  await query(
    url,
    `insert into log.user_registered_0
     select gen_random_uuid(), 'user' || n || '@example.com', 'x' from generate_series(1, ${people}) n`,
  )
  // Nothing but a commit that waits for it, or a full buffer, writes the log ahead: of what commits
  // asynchronously, a crash finds something to forget.
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

/** What a test does to an install that runs. */
interface Install {
  readonly done: Promise<boolean>
  /** Ends its connection, as the death of its process would. */
  kill(): void
}

/** Installs a release; `done` tells whether it came to its end. */
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
  // biome-ignore lint/suspicious/noExplicitAny: pg does not say that it has a socket
  return { done: run().catch(() => false), kill: () => (client as any).connection.stream.destroy() }
}

/** Stops the database as a crash would, and starts it again; its new URL. */
async function crash(t: Finishing, directory: string): Promise<string> {
  await killAndWait(Number(await postmasterOf(directory)), 'SIGQUIT')
  return (await start(t, directory, 'guest')).url
}

interface Standing {
  readonly state: string
  readonly position: number
  /** Whether its rows are those of the events up to its position, no more and no less. */
  readonly agrees: boolean
}

/** Of a table of users; undefined before it is declared. */
async function standing(url: string, table: string): Promise<Standing | undefined> {
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
  return row as Standing | undefined
}

t.test('what a crash of the database makes it forget of a build is built again', async (t) => {
  const { directory, url } = await given(t)
  let [shown, recovered] = [0, Promise.resolve(url)]
  const crashHalfway = (position: number): void => {
    if (shown > people / 2) return
    shown = position
    if (shown > people / 2) recovered = crash(t, directory)
  }
  // So slow that the crash comes before the end, however busy the machine is.
  const { done } = installing(url, 1, crashHalfway, 2_000)
  t.notOk(await done)
  const next = await recovered
  const found = await standing(next, 'users_1')
  t.match(found, { state: 'building', agrees: true })
  t.ok(Number(found?.position) < shown, `it had come to ${shown} and knows of ${found?.position}`)
  t.ok(await installing(next, 1).done)
  t.match(await standing(next, 'users_1'), { state: 'live', agrees: true })
  t.strictSame(await damages(await connect(t, next)), [])
})

t.test('killed at random instants, installer or database, position and rows agree', async (t) => {
  const { directory, url: first } = await given(t)
  const random = randomness(3)
  let [url, kills] = [first, 0]
  for (const release of [1, 2]) {
    // Each try may live a little longer than the last, so that every step meets its death.
    for (let limit = 100; ; limit *= 1.3) {
      const run = installing(url, release)
      const end = new AbortController()
      const over = run.done.finally(() => end.abort())
      await pause(random() * limit, undefined, end).catch(() => undefined)
      if (random() < 0.5) run.kill()
      else url = await crash(t, directory)
      const through = await over
      const found = await standing(url, `users_${release}`)
      if (found) t.match(found, { agrees: true }, `${found.state} at ${found.position}`)
      if (through) break
      kills += 1
    }
  }
  t.ok(kills > 0, `${kills} kills`)
  t.ok(await installing(url, 2).done)
  t.strictSame(await damages(await connect(t, url)), [])
})
