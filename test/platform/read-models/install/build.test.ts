// The build of a read table: how much work a crash costs, its speed limit, its progress, and the locks it
// waits for.
import type pg from 'pg'
import t from 'tap'
import {
  type InstallOptions,
  install,
} from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { type AppendRequest, append } from '../../../support/append-requests.ts'
import type { Finishing } from '../../../support/database.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { backendPid, untilLockWait } from '../../../support/read-models/blocked-sessions.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { destroyConnection } from '../../../support/read-models/cut-off.ts'
import { registerMany, releaseZero } from '../../../support/read-models/many-users.ts'
import { epistle, finished } from '../../../support/service.ts'

/** The users of release 0; an install of release 1 builds one table of them. */
const people = 3_000

interface Update {
  readonly done: number
  readonly total: number
  readonly events: number
  readonly at: number
}

/** Installs release 1; returns its progress updates, each of which `onUpdate` receives first. */
async function installed(
  client: pg.Client,
  options: Partial<InstallOptions> = {},
  onUpdate: (update: Update) => void = () => undefined,
): Promise<Update[]> {
  const updates: Update[] = []
  const showProgress: InstallOptions['showProgress'] = () => ({
    update(done, total, events) {
      const update = { done, total, events, at: Date.now() }
      onUpdate(update)
      updates.push(update)
    },
    end: () => undefined,
  })
  const say = (): void => undefined
  await install({ client, directory: dbDirectory, to: 1, say, showProgress, ...options })
  return updates
}

/** Destroys the connection, as the death of the process would, when this share of a build is done. */
async function killedAt(
  t: Finishing,
  url: string,
  share: number,
  maxRate: number,
  directory = dbDirectory,
): Promise<void> {
  const client = await connect(t, url)
  await installed(client, { maxRate, directory }, ({ done, total }) => {
    if (done / total >= share) destroyConnection(client)
  }).then(
    () => Promise.reject(new Error('the install was not killed')),
    () => undefined,
  )
}

t.test('A build that was killed at 80 % replays less than 30 % in the next run', async (t) => {
  const { url, db } = await releaseZero(t, people)
  await killedAt(t, url, 0.8, 1_200)
  const { rows } = await db.query(`select state, position from read.tables where name = 'users_1'`)
  t.equal(rows[0].state, 'building')
  t.ok(Number(rows[0].position) >= 0.8 * people)
  const env = { DATABASE_URL: url }
  const { stdout } = await finished(epistle(t, ['status', '--json'], { env }))
  const status = JSON.parse(stdout)
  const [table] = status.readTables.filter(({ name }: { name: string }) => name === 'users_1')
  t.match(table, { state: 'building', position: rows[0].position, rows: Number(rows[0].position) })
  t.equal(status.position, `${people}`, 'status --json has the numbers')
  const { stdout: text } = await finished(epistle(t, ['status'], { env }))
  const far = `at position ${table.position} of ${people}, ${Math.floor((table.position / people) * 100)}%`
  t.match(text, new RegExp(`^  users_1 +building  ${table.rows} rows  ${far}$`, 'm'))
  t.match(text, /^ {2}users_0 +live +\d+ rows +not verified yet$/m, 'a live table has no progress')
  const updates = await installed(db)
  const replayed = updates.at(-1)?.events ?? people
  t.ok(replayed < 0.3 * people, `${replayed} of ${people}`)
  t.equal(updates[0]?.done, Number(rows[0].position), 'the build resumes at its position')
  t.strictSame(await damagedTables(db), [])
})

/** The definitions of the indexes of a read table that enforce nothing; `deferred` for each that is deferred. */
async function plainIndexes(db: pg.Client, table: string): Promise<string[]> {
  const { rows } = await db.query<{ definition: string }>(
    `select pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = $1::regclass and not indisunique
     union all select 'deferred' from engine.deferred_indexes where relation = $1::regclass`,
    [`read.${table}`],
  )
  return rows.map(({ definition }) => definition)
}

t.test('A build makes indexes that only readers need at its end, also after a crash', async (t) => {
  const { url, db } = await releaseZero(t, people)
  const releases = await copyReleases(t)
  const { directory } = releases
  await releases.append(
    '1-usernames/users_1.sql',
    `create index users_1_upper on users_1 using btree (upper(email)) where (position > 0);`,
  )
  await killedAt(t, url, 0.6, 3_000, directory)
  t.strictSame(await plainIndexes(db, 'users_1'), ['deferred'])
  await installed(db, { directory })
  t.strictSame(await plainIndexes(db, 'users_1'), [
    `CREATE INDEX users_1_upper ON read.users_1 USING btree (upper(email)) WHERE ("position" > 0)`,
  ])
  t.equal((await contentsOf(db, 'users_1')).length, people)
})

t.test('A replay makes a deferred index once its projections read much without it', async (t) => {
  const { url, db } = await releaseZero(t, 400)
  await db.query(`insert into log.session_started_0
    select gen_random_uuid(), id, decode(md5(id::text), 'hex'), '2040-01-01' from read.user_ids_0`)
  await installInto(url, { to: 2 })
  const before = await plainIndexes(db, 'sessions_2')
  t.equal(before.length, 1)
  await db.query('begin; truncate read.sessions_2')
  await db.query(`call engine.defer_indexes('read.sessions_2')`)
  await db.query('select read.sessions_2_replay(0, 1000000, 1000)')
  t.strictSame(await plainIndexes(db, 'sessions_2'), ['deferred'], 'to insert rows needs no index')
  await db.query(`insert into log.password_changed_2
    select gen_random_uuid(), id, 'new', null from read.user_ids_0`)
  await db.query('truncate read.sessions_2')
  await db.query('select read.sessions_2_replay(0, 1000000, 1000)')
  t.strictSame(await plainIndexes(db, 'sessions_2'), before)
  t.strictSame(await contentsOf(db, 'sessions_2'), [])
  await db.query('rollback')
})

/** Registers more users right before the install decides whether the table needs an `analyze`. */
function registerBeforeAnalyze(client: pg.Client, db: pg.Client, more: number): void {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<pg.QueryResult>
  const interrupted = async (...args: unknown[]): Promise<pg.QueryResult> => {
    if (/pg_relation_size/.test(String(args[0]))) {
      await registerMany(db, more, 'late')
    }
    return query(...args)
  }
  client.query = interrupted as typeof client.query
}

t.test(
  '--max-rate limits a build to small batches with pauses to its end; an unlimited build has none',
  async (t) => {
    const rate = 2_000
    const { url, db } = await releaseZero(t, people)
    const slow = await connect(t, url)
    registerBeforeAnalyze(slow, db, 2_000)
    const began = Date.now()
    const updates = await installed(slow, { maxRate: rate })
    t.equal(updates.at(-1)?.events, people + 2_000)
    const batches = updates.map(({ events }, n) => events - (updates[n - 1]?.events ?? 0))
    t.ok(Math.max(...batches) <= rate / 2, 'half a second of events at most')
    t.ok(Math.min(...batches) >= 0, 'the number of events never falls')
    // A build is never faster than its limit, however slow the machine is.
    const early = updates.filter(({ events, at }) => events > (rate * (at - began + 50)) / 1_000)
    t.strictSame(early, [])
    const { db: fast } = await releaseZero(t, people)
    const unbounded = await installed(fast)
    t.ok(Number(unbounded.find(({ events }) => events > 0)?.events) > rate / 2)
  },
)

t.test('The cut-over of a build waits for open appends and loses none', async (t) => {
  const { url, db } = await releaseZero(t, people)
  await killedAt(t, url, 0.4, 3_000)
  const [writer, client] = [await connect(t, url), await connect(t, url)]
  await writer.query('begin')
  await writer.query(`insert into log.user_registered_0 values ($1, 'late@example.com', 'x')`, [
    idOf(1),
  ])
  const pid = await backendPid(client)
  const installing = installed(client)
  await untilLockWait(db, pid, 0)
  const { rows } = await db.query(`select state from read.tables where name = 'users_1'`)
  t.strictSame(rows, [{ state: 'building' }])
  await writer.query('commit')
  await installing
  const users = await contentsOf(db, 'users_1')
  t.equal(users.length, people + 1)
  t.equal(users[0]?.id, idOf(1))
  t.strictSame(await damagedTables(db), [])
})

t.test('A second installer waits for the first, reports it, and builds nothing', async (t) => {
  const { url, db } = await releaseZero(t, people)
  const [one, two] = [await connect(t, url), await connect(t, url)]
  const pid = await backendPid(two)
  const said: string[] = []
  let second: Promise<Update[]> | undefined
  const first = installed(one, { maxRate: 2_000 }, () => {
    second ??= installed(two, { say: (line) => said.push(line) })
  })
  await untilLockWait(db, pid, 1)
  t.match(said, [
    /^another install, .* is running on this database \(process \d+ of the database\); waiting/,
  ])
  await first
  t.strictSame(await second, [], 'the second installer builds nothing')
  t.notMatch(said.join(), 'is declared')
  t.strictSame(await damagedTables(db), [])
})

t.test('Users who register during a build are in its table once', async (t) => {
  const { url, db } = await releaseZero(t, people)
  const [writer, client] = [await connect(t, url), await connect(t, url)]
  let n = 0
  let writing: Promise<unknown> = Promise.resolve()
  await installed(client, { maxRate: 3_000 }, () => {
    n += 1
    const id = idOf(n)
    writing = writing.then(() => append(writer, [registered(id)]))
  })
  await writing
  t.ok(n > 3)
  t.equal((await contentsOf(db, 'users_1')).length, people + n)
  t.strictSame(await damagedTables(db), [])
})

function registered(id: string): AppendRequest {
  const data = { id, email: `${id}@example.com`, password_hash: 'x' }
  return { events: [{ stream_id: id, stream_version: 1, type: 'user_registered_0', data }] }
}
