// A release after the newest one, installed on a long history while the primary server dies; and the retirement of what
// it replaces, right after a failover. It has a new version of one read table, which the servers do not read.
import type { ClientBase } from 'pg'
import type { Test } from 'tap'
import { commandSession, openSession } from '../../../../src/platform/postgres/session.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import {
  dbDirectory,
  readReleases,
} from '../../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { installInto } from '../../installed.ts'
import { copyReleases } from '../../read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../read-models/event-types.ts'
import { newestOf } from '../../read-models/newest.ts'
import { until } from '../../until.ts'
import type { DatabaseNode } from '../database-node.ts'
import { note } from '../note.ts'
import type { Trial } from '../trial.ts'

const events = Number(process.env.SOAK_EVENTS ?? 1_000_000)
const table = newestOf('message_senders')

/** Kills the primary server during a build, and installs again. Then retires what servers read, after a failover. */
export async function install(t: Test, trial: Trial): Promise<void> {
  const { cluster } = trial
  const primary = await cluster.primary()
  await withOwner(primary, (db) => addHistory(db, trial))
  const directory = await withOwner(primary, (db) => nextRelease(t, db))
  await trial.underLoad(async () => {
    const running = installInto(primary.url('epistle_owner'), { directory })
    const ended = running.then(
      () => 'completed',
      (error: Error) => error.message,
    )
    await withOwner(primary, (db) => until('a table is built', () => isBuilding(db), 60))
    const took = await trial.pauseOf(
      () => primary.crash(),
      async () => void (await cluster.primary(primary)),
    )
    t.not(await ended, 'completed', 'the installation was interrupted')
    note(`the primary node was killed during a build; no command for ${took} ms`)
    await primary.startPatroni()
    await cluster.untilServing()
    const next = await cluster.primary()
    t.ok(await withOwner(next, isBuilding), 'the build is where it was')
    const said = await installInto(next.url('epistle_owner'), { directory })
    t.match(said.join('\n'), /is live\nthe database has release/)
  })
  t.strictSame(await findDifferences(await cluster.primary(), directory), [])
  trial.isAheadOfCode = true
  await retireAfterFailover(t, trial, directory)
}

/** Servers that hang through a failover have no leases, but they can come back: what they read stays. */
async function retireAfterFailover(t: Test, trial: Trial, directory: string): Promise<void> {
  const { cluster } = trial
  const attempt = async (node: DatabaseNode) =>
    withOwner(node, (client) =>
      retire({ client, directory, tables: [table], say: () => undefined }).then(
        () => 'retired',
        (error: Error) => error.message,
      ),
    )
  const former = await cluster.primary()
  t.match(await attempt(former), /is read by epistle serve/, 'servers hold leases')
  for (const machine of cluster.machines) machine.hang()
  await former.crash()
  const next = await cluster.primary(former)
  const refusal = await attempt(next)
  note(`right after the failover: ${refusal}`)
  t.match(refusal, /epistle serve.*without leases now.* can come back and read it/)
  for (const machine of cluster.machines) machine.resume()
  await former.startPatroni()
  await cluster.untilServing()
  t.match(await attempt(next), /is read by epistle serve/, 'servers hold leases again')
}

/** A folder of releases, with one that has a new version of the table. */
async function nextRelease(t: Test, db: ClientBase): Promise<string> {
  const copy = await copyReleases(t)
  const files = (await readReleases(dbDirectory)).flatMap((release) => release.files)
  const own = files.find(({ path }) => path.endsWith(`/${table}.sql`))?.text ?? ''
  const [definition = ''] = own.split(`create function ${table}_ignores`)
  const name = table.replace(/\d+$/, `${copy.next}`)
  const others = ignores(name, await eventTypes(db, /^message_sent_/))
  await copy.add({ [name]: `${definition.replaceAll(table, name)}${others}\n` })
  return copy.directory
}

/** Adds messages between two users, in small transactions, as a long history. */
async function addHistory(db: ClientBase, trial: Trial): Promise<void> {
  const [from, to] = trial.senders.map(({ user }) => user.id)
  const each = 1_000
  for (let n = 0; n < events; n += each)
    await db.query(
      `insert into log.message_sent_3 (id, src_id, dst_id, content)
       select gen_random_uuid(), $1, $2, 'history' from generate_series(1, $3::int)`,
      [from, to, each],
    )
  trial.recorded('history', Math.ceil(events / each) * each)
}

async function isBuilding(db: ClientBase): Promise<boolean> {
  const { rowCount } = await db.query(`select from read.tables where state = 'building'`)
  return rowCount === 1
}

async function findDifferences(node: DatabaseNode, directory: string): Promise<string[]> {
  const all = await withOwner(node, (db) => verify(db, directory, [], () => undefined))
  return all.filter(({ differences }) => differences > 0).map((one) => `${one.table} differs`)
}

async function withOwner<Result>(
  node: DatabaseNode,
  act: (db: ClientBase) => Promise<Result>,
): Promise<Result> {
  const db = await openSession(node.url('epistle_owner'), commandSession, {})
  try {
    return await act(db)
  } finally {
    await db.end()
  }
}
