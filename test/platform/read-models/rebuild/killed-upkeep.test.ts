// Demote and retire, killed with -9 at a known instant or at any: what is left is dormant, `status` tells
// it, with the command that ends it, and that command does.
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
import { damages } from '../../../support/read-models/agreement.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { commandKilled } from '../../../support/read-models/killed-install.ts'
import { remains } from '../../../support/read-models/leftovers.ts'
import {
  countTriggers,
  everyRelease,
  OldServers,
} from '../../../support/read-models/old-servers.ts'
import { epistle, finished } from '../../../support/service.ts'
import { until } from '../../../support/until.ts'

/** Runs a command until the table's state is this; its triggers cannot go, since somebody writes. */
async function killedIn(t: Test, url: string, state: string, args: readonly string[]) {
  const [writer, db] = [await connect(t, url), await connect(t, url)]
  await writer.query('begin; lock table log.user_registered_0 in row exclusive mode')
  const command = epistle(t, args, { env: { DATABASE_URL: url } })
  await until(`it is ${state}`, async () => {
    const known = 'select from read.tables where name = $1 and state = $2'
    return (await db.query(known, [args.at(-1), state])).rowCount ?? 0
  })
  command.child.kill('SIGKILL')
  t.equal(await command.ended, 'SIGKILL')
  await writer.query('rollback')
}

async function statusOf(t: Test, url: string, db: pg.Client, table: string) {
  const { stdout } = await finished(epistle(t, ['status'], { env: { DATABASE_URL: url } }))
  const { readTables } = await readStatus(db)
  const line = stdout.split('\n').find((each) => each.startsWith(`  ${table} `)) ?? ''
  return { line, known: readTables.find(({ name }) => name === table) }
}

t.test('a demotion killed after its swap is told by status and ended by install', async (t) => {
  const { url, db } = await everyRelease(t)
  const triggers = await countTriggers(db, 'users_0')
  await killedIn(t, url, 'demoted', ['demote', 'users_0'])
  const cut = await statusOf(t, url, db, 'users_0')
  t.match(cut.known, { state: 'demoted', triggers, viewOf: [/^users_\d+$/] })
  const left = `${triggers} dormant triggers.*\`epistle install\``
  t.match(cut.line, new RegExp(`demoted +20 rows +a view of users_\\d+; ${left}`))
  await append(db, [userRegistered(idOf(50))])
  t.equal((await contentsOf(db, 'users_0')).length, 21, 'a row is there once')
  t.match(await installInto(url), [/^the database has release \d+$/])
  const ended = await statusOf(t, url, db, 'users_0')
  t.match(ended.known, { state: 'demoted', triggers: 0 })
  t.match(ended.line, /demoted +21 rows +a view of users_\d+$/)
  t.strictSame(await remains(db, ['users_0']), ['users_0', 'users_0'], 'a view, and that it is one')
})

t.test('so it is by demote, and by retire, which then has a view to drop', async (t) => {
  const { url, db } = await everyRelease(t)
  for (const table of ['users_0', 'users_1']) await killedIn(t, url, 'demoted', ['demote', table])
  const said: string[] = []
  const say = (line: string) => said.push(line)
  await demote(db, directory, 'users_0', say)
  t.match(said, [/^users_0 is already the view of /])
  t.equal(await countTriggers(db, 'users_0'), 0)
  t.strictSame(await retire({ client: db, directory, tables: ['users_1'], say }), ['users_1'])
  t.strictSame(await remains(db, ['users_1']), [])
})

t.test('a retirement killed after its flip is told by status and ended by retire', async (t) => {
  const { url, db } = await everyRelease(t)
  const triggers = await countTriggers(db, 'users_0')
  await killedIn(t, url, 'retiring', ['retire', 'users_0'])
  const { line, known } = await statusOf(t, url, db, 'users_0')
  t.match(known, { state: 'retiring', triggers })
  t.match(line, /retiring +20 rows +if no .* run `epistle retire users_0` to finish it/)
  const gone = await retire({ client: db, directory, say: () => undefined })
  for (const old of ['sessions_0', 'users_0', 'users_1']) t.ok(gone.includes(old), old)
  t.strictSame(await remains(db, ['users_0']), [])
  t.strictSame(await damages(db), [])
})

const commands = [
  { args: ['retire'], left: [] },
  {
    args: ['demote', 'users_0', 'users_1', 'sessions_0'],
    left: ['users_0', 'users_1', 'sessions_0'],
  },
]
for (const { args, left } of commands) {
  t.test(`${args[0]}, killed again and again under traffic, ends as if it never was`, async (t) => {
    const { url, db } = await everyRelease(t)
    const random = randomness(args.length)
    const servers = new OldServers(t, url, ['users_2', 'sessions_2', ...left])
    const killed = await commandKilled(t, url, args, { kills: 3, instant: () => random() * 150 })
    await servers.stop()
    t.ok(killed > 0, `${killed} kills`)
    const old = ['users_0', 'users_1', 'sessions_0']
    t.strictSame((await remains(db, old)).sort(), [...left, ...left].sort(), 'views alone are left')
    t.strictSame(await damages(db), [])
  })
}
