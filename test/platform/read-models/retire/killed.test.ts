// Demote and retire, killed with -9 at a known instant or at any: what is left is dormant, `status` reports
// it with the command that completes it, and that command does so.
import type pg from 'pg'
import t, { type Test } from 'tap'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { readStatus } from '../../../../src/platform/read-models/status.ts'
import { append, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { killedCommand } from '../../../support/read-models/install/killed-command.ts'
import { leftoversOf } from '../../../support/read-models/retire/leftovers.ts'
import {
  countProjections,
  databaseOfAllReleases,
  OldServers,
} from '../../../support/read-models/retire/old-servers.ts'
import { epistle, finished } from '../../../support/service.ts'
import { until } from '../../../support/until.ts'

/**
 * Kills a command once the table's state is this. A lock keeps the command from detaching the table, so it
 * cannot get further.
 */
async function killedIn(t: Test, url: string, state: string, args: readonly string[]) {
  const [blocker, db] = [await connect(t, url), await connect(t, url)]
  await blocker.query('begin; lock table engine.attached in share mode')
  const command = epistle(t, args, { env: { DATABASE_URL: url } })
  await until(`the table is ${state}`, async () => {
    const found = 'select from read.tables where name = $1 and state = $2'
    return (await db.query(found, [args.at(-1), state])).rowCount ?? 0
  })
  command.child.kill('SIGKILL')
  t.equal(await command.ended, 'SIGKILL')
  // Its session outlives it until the wait for the lock fails, and holds the install lock until then.
  await until('the session of the killed command has ended', async () => {
    const sessions = `select from pg_stat_activity
      where datname = current_database() and application_name = 'epistle'`
    return (await db.query(sessions)).rowCount === 0
  })
  await blocker.query('rollback')
}

/** The line of `epistle status` about a table, and the table's part of readStatus. */
async function statusOf(t: Test, url: string, db: pg.Client, table: string) {
  const { stdout } = await finished(epistle(t, ['status'], { env: { DATABASE_URL: url } }))
  const { readTables } = await readStatus(db)
  const line = stdout.split('\n').find((each) => each.startsWith(`  ${table} `)) ?? ''
  return { line, status: readTables.find(({ name }) => name === table) }
}

t.test('Status shows a demotion killed after its swap; install completes it', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const eventTypes = await countProjections(db, 'users_0')
  await killedIn(t, url, 'demoted', ['demote', 'users_0'])
  const cut = await statusOf(t, url, db, 'users_0')
  t.match(cut.status, { state: 'demoted', eventTypes, viewOf: [/^users_\d+$/] })
  const left = `dormant projections of ${eventTypes} event types.*\`epistle install\``
  t.match(cut.line, new RegExp(`demoted +20 rows +a view of users_\\d+; ${left}`))
  await append(db, [userRegistered(idOf(50))])
  t.equal((await contentsOf(db, 'users_0')).length, 21, 'each row is there once')
  t.match(await installInto(url), [/^the database has release \d+$/])
  const ended = await statusOf(t, url, db, 'users_0')
  t.match(ended.status, { state: 'demoted', eventTypes: 0 })
  t.match(ended.line, /demoted +21 rows +a view of users_\d+$/)
  t.strictSame(
    await leftoversOf(db, ['users_0']),
    ['users_0', 'users_0'],
    'only the view and its row in read.tables are left',
  )
})

t.test('Demote completes a killed demotion, and retire drops its view', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  for (const table of ['users_0', 'users_1']) await killedIn(t, url, 'demoted', ['demote', table])
  const said: string[] = []
  const say = (line: string) => said.push(line)
  await demote(db, directory, 'users_0', say)
  t.match(said, [/^users_0 is already the view of /])
  t.equal(await countProjections(db, 'users_0'), 0)
  t.strictSame(await retire({ client: db, directory, tables: ['users_1'], say }), ['users_1'])
  t.strictSame(await leftoversOf(db, ['users_1']), [])
})

t.test('Status shows a retirement killed half-way, and retire completes it', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const eventTypes = await countProjections(db, 'users_0')
  await killedIn(t, url, 'retiring', ['retire', 'users_0'])
  const { line, status } = await statusOf(t, url, db, 'users_0')
  t.match(status, { state: 'retiring', eventTypes })
  t.match(line, /retiring +20 rows +if no .* run `epistle retire users_0` to finish it/)
  const gone = await retire({ client: db, directory, say: () => undefined })
  for (const old of ['sessions_0', 'users_0', 'users_1']) t.ok(gone.includes(old), old)
  t.strictSame(await leftoversOf(db, ['users_0']), [])
  t.strictSame(await damagedTables(db), [])
})

const commands = [
  { args: ['retire'], left: [] },
  {
    args: ['demote', 'users_0', 'users_1', 'sessions_0'],
    left: ['users_0', 'users_1', 'sessions_0'],
  },
]
for (const { args, left } of commands) {
  t.test(`A ${args[0]} killed under traffic ends like an undisturbed one`, async (t) => {
    const { url, db } = await databaseOfAllReleases(t)
    const random = randomness(args.length)
    const servers = new OldServers(t, url, ['users_2', 'sessions_10', ...left])
    const killed = await killedCommand(t, url, args, { kills: 3, instant: () => random() * 150 })
    await servers.stop()
    t.ok(killed > 0, `${killed} kills`)
    const old = ['users_0', 'users_1', 'sessions_0']
    t.strictSame(
      (await leftoversOf(db, old)).sort(),
      [...left, ...left].sort(),
      'only views are left',
    )
    t.strictSame(await damagedTables(db), [])
  })
}
