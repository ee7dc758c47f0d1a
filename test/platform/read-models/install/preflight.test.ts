// Pre-flight: `install --check` lists every event that a new constraint would refuse. It changes nothing,
// and it neither waits for writers nor makes them wait.
import type pg from 'pg'
import t from 'tap'
import { checkInstall } from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { backendPid } from '../../../support/read-models/blocked-sessions.ts'
import { snapshotOf } from '../../../support/read-models/catalogue.ts'
import { contentsOf, liveContents, liveTables } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { exampleMessages } from '../../../support/read-models/example-releases/example-messages.ts'
import { closeGate, openGate, passGate, untilAtGate } from '../../../support/read-models/gate.ts'
import { releaseZero } from '../../../support/read-models/many-users.ts'
import { newestOf } from '../../../support/read-models/newest.ts'
import { epistle, finished } from '../../../support/service.ts'

const say = (): void => undefined
const noViolations = { violations: [], more: false }

/** The catalogue, the schemas and the rows of all live tables. */
async function everything(db: pg.Client): Promise<unknown> {
  const rows = await liveContents(db)
  const { rows: schemas } = await db.query('select nspname from pg_namespace order by 1')
  return { catalogue: await snapshotOf(db), rows, schemas }
}

/** Release 0 with three addresses that were registered twice, while the rule against it was missing. */
async function databaseWithDuplicates(t: Parameters<typeof connect>[0]) {
  const { url, db } = await releaseZero(t)
  await db.query('drop index read.users_0__email_taken')
  const positions: string[] = []
  for (let n = 0; n < 30; n++) {
    const email = `user${n % 9 === 8 ? n - 1 : n}@example.com`
    const { rows } = await db.query(
      `insert into log.user_registered_0 values ($1, $2, 'x') returning position`,
      [idOf(n), email],
    )
    if (n % 9 === 8) positions.push(rows[0].position)
  }
  return { url, db, positions }
}

t.test('install --check lists each violation, exits with 1, prints JSON alone', async (t) => {
  const { url, db, positions } = await databaseWithDuplicates(t)
  const before = await everything(db)
  const env = { DATABASE_URL: url }
  const run = (...args: string[]) => finished(epistle(t, ['install', '--check', ...args], { env }))
  const { code, stdout } = await run('--json')
  t.equal(code, 1)
  t.equal(JSON.parse(stdout).more, false)
  t.strictSame(
    JSON.parse(stdout).violations,
    positions.map((position, n) => ({
      table: 'users_2',
      position,
      eventType: 'user_registered_0',
      constraint: 'users_2__email_taken',
      detail: `Key (lower(email COLLATE "C"))=(user${n * 9 + 7}@example.com) already exists.`,
    })),
  )
  const shown = await run('--to', '1')
  t.equal(shown.code, 1)
  t.match(shown.stdout, /^3 events do not fit/)
  for (const position of positions) {
    t.match(
      shown.stdout,
      `users_1__email_taken refuses the user_registered_0 at position ${position}`,
    )
  }
  t.strictSame(await everything(db), before, 'the check changes nothing')
})

t.test('install --check lists the first 1,000 violations and reports more', async (t) => {
  const { url, db } = await databaseWithDuplicates(t)
  await db.query(
    `insert into log.user_registered_0
     select gen_random_uuid(), 'user0@example.com', 'x' from generate_series(1, 998)`,
  )
  const run = (...args: string[]) =>
    finished(epistle(t, ['install', '--check', ...args], { env: { DATABASE_URL: url } }))
  const { code, stdout } = await run()
  t.equal(code, 1)
  t.match(stdout, /^More than 1000 events do not fit/)
  t.match(stdout, /and more; only the first 1000 are listed\n$/)
  const { violations, more } = JSON.parse((await run('--json')).stdout)
  t.strictSame([violations.length, more], [1000, true])
})

t.test('install --check reports a history without violations with exit code 0', async (t) => {
  const { url } = await releaseZero(t)
  const env = { DATABASE_URL: url }
  const { code, stdout } = await finished(epistle(t, ['install', '--check'], { env }))
  t.equal(code, 0)
  t.match(stdout, 'The whole history fits')
})

t.test('The pre-flight does not wait for writers that hold locks', async (t) => {
  const { url, db } = await releaseZero(t)
  const [writer, client] = [await connect(t, url), await connect(t, url)]
  await db.query(`insert into log.user_registered_0 values ($1, 'a@x.org', 'x')`, [idOf(1)])
  const before = await everything(db)
  await writer.query('begin')
  await writer.query(`insert into log.user_registered_0 values ($1, 'b@x.org', 'x')`, [idOf(2)])
  await writer.query(`insert into log.session_started_0 values ($1, $2, '\\x01', '2040-01-01')`, [
    idOf(3),
    idOf(2),
  ])
  // PostgreSQL ends a writer that holds the append lock and is idle for 5 s; a slow machine checks longer.
  await writer.query('set local idle_in_transaction_session_timeout = 0')
  t.strictSame(await checkInstall({ client, directory: dbDirectory, say }), noViolations)
  await writer.query('rollback')
  t.strictSame(await everything(db), before)
})

/** The locks of a writer. A stronger lock on an existing table could make other sessions wait. */
const writerLocks = ['AccessShareLock', 'RowShareLock', 'RowExclusiveLock']

t.test('No writer waits for the pre-flight, however long it takes', async (t) => {
  const url = await installedDatabase(t)
  const [db, client] = [await connect(t, url), await connect(t, url)]
  const releases = await copyReleases(t)
  const text = await exampleMessages(db, releases.next, {
    unique: 'dst_id, content',
    first: passGate,
  })
  await releases.add({ [`example_messages_${releases.next}`]: text })
  const [ann, bob] = [idOf(1), idOf(2)]
  await append(db, [userRegistered(ann), userRegistered(bob), messageSent(idOf(3), ann, bob)])
  const before = await liveTables(db)
  await closeGate(db)
  const pid = await backendPid(client)
  const checking = checkInstall({ client, directory: releases.directory, say })
  const locks = await untilAtGate(db, pid)
  const held = locks.filter(({ relation }) => /^(log|read)\./.test(`${relation}`))
  t.ok(held.length > 0)
  t.strictSame(
    held.filter(({ mode }) => !writerLocks.includes(mode)).map(({ relation }) => relation),
    [],
  )
  const writer = await connect(t, url)
  await writer.query(`set lock_timeout = '200ms'`)
  await append(writer, [messageSent(idOf(4), ann, bob)])
  await writer.query(`insert into log.user_registered_0 values ($1, 'c@x.org', 'x')`, [idOf(5)])
  await writer.query(
    `with h as (insert into log.events (stream_id, stream_version, type)
       values ($1, 1, 'message_sent_3') returning position, recorded_at)
     insert into log.message_sent_3 select $1, $2, $2, 'x', recorded_at, position from h`,
    [idOf(6), ann],
  )
  t.equal((await contentsOf(db, newestOf('messages'))).length, 3)
  await openGate(db)
  t.strictSame(await checking, noViolations)
  t.strictSame(await liveTables(db), before)
})
