// The audit list has each install that changes the database, with its operator, and no other.
import t, { type Test } from 'tap'
import { appendLock } from '../../src/platform/read-models/advisory-locks.ts'
import { append, userRegistered } from '../support/append-requests.ts'
import { freshDatabase } from '../support/database.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { databaseOfAllReleases } from '../support/read-models/retire/old-servers.ts'
import { epistle, finished } from '../support/service.ts'
import { until } from '../support/until.ts'

/** A database with its acts and the command. */
async function installing(t: Test, url: string) {
  const db = await connect(t, url)
  const start = (...args: string[]) =>
    epistle(t, ['install', '--actor', 'Zoë', ...args], { env: { DATABASE_URL: url } })
  const acts = async () => {
    const { rows } = await db.query(
      `select actor, act, arguments, outcome, detail, result
       from work.acts a left join work.act_results on act_id = a.id where act = 'install' order by a.id`,
    )
    return rows
  }
  return { db, start, install: (...args: string[]) => finished(start(...args)), acts }
}

/** Drops a trigger, which the next install makes again. */
const damage = 'drop trigger "00_guard" on log.message_sent_3'

t.test('An install that has nothing to change is not recorded', async (t) => {
  const { install, acts } = await installing(t, await installedDatabase(t))
  const complete = await install('--max-rate', '500')
  t.match(complete, { code: 0, stderr: /the database has release \d+$/m })
  t.match(await install('--check'), { code: 0 })
  t.match(await install('--to', '999'), { code: 1, stderr: /release 999 does not exist/ })
  t.match(await install('--to', '3'), { code: 0, stderr: /nothing to install/ })
  t.strictSame(await acts(), [])
})

t.test('An install after a demotion that ended is not recorded', async (t) => {
  const { url } = await databaseOfAllReleases(t)
  const { install, acts, db } = await installing(t, url)
  await finished(epistle(t, ['demote', 'users_0'], { env: { DATABASE_URL: url } }))
  t.match(await install(), { code: 0 })
  t.strictSame(await acts(), [])
  // What a demotion leaves that was killed before its end.
  await db.query(
    `create function read.users_0_replay() returns void language sql begin atomic select; end`,
  )
  t.match(await install(), { code: 0 })
  t.match(await acts(), [{ act: 'install', outcome: 'done' }])
})

t.test('An install that changes something is recorded with operator and release', async (t) => {
  const { db, install, acts } = await installing(t, await installedDatabase(t))
  await db.query(damage)
  const { code, stderr } = await install('--max-rate', '500')
  t.equal(code, 0)
  t.equal(stderr.match(/repaired: /g)?.length, 1, 'each line is printed once')
  const { rows } = await db.query('select max(release) as release from log.releases')
  const act = { actor: 'Zoë', act: 'install', arguments: { maxRate: 500 } }
  t.strictSame(await acts(), [{ ...act, outcome: 'done', detail: null, result: rows[0] }])
})

t.test(
  'An install that waits for another command says so, once, before it changes anything',
  async (t) => {
    const url = await installedDatabase(t)
    const { db, start, acts } = await installing(t, url)
    await db.query('drop table read.user_history_7 cascade')
    const verifying = await connect(t, url)
    await verifying.query('select pg_advisory_lock(17744, 2)')
    const waiting = start()
    await waiting.said(/another verify, .*waiting for it to finish/)
    t.strictSame(await acts(), [])
    await verifying.query('select pg_advisory_unlock(17744, 2)')
    t.equal(await waiting.ended, 0)
    t.equal(waiting.stderr().match(/waiting for it to finish/g)?.length, 1)
    t.match(await acts(), [{ outcome: 'done' }])
  },
)

t.test('An install that is killed while it waits leaves no session', async (t) => {
  const url = await installedDatabase(t)
  const { db, start } = await installing(t, url)
  await db.query('drop table read.user_history_7 cascade')
  const verifying = await connect(t, url)
  await verifying.query('select pg_advisory_lock(17744, 2)')
  const waiting = start()
  await waiting.said(/another verify, .*waiting for it to finish/)
  waiting.child.kill('SIGKILL')
  t.equal(await waiting.ended, 'SIGKILL')
  await until('PostgreSQL ends the session that waits', async () => {
    const { rows } = await db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length === 0
  })
})

t.test('An install of a new release, and one that fails midway, are recorded', async (t) => {
  const { db, install, acts } = await installing(t, await installedDatabase(t, 16))
  t.match(await install(), { code: 0 })
  t.match(await acts(), [{ outcome: 'done' }])
  await append(
    db,
    [1, 2].map((n) => userRegistered(idOf(n))),
  )
  const { rows } = await db.query(
    `select conname as name from pg_constraint
     where conrelid = 'read.users_2'::regclass and contype = 'u'
       and pg_get_constraintdef(oid) like '%(username)%'`,
  )
  await db.query(`alter table read.users_2 drop constraint ${rows[0].name}`)
  await db.query(`update read.users_2 set username = 'ada'`)
  t.match(await install(), { code: 1 })
  t.match((await acts()).at(-1), { outcome: 'refused', detail: /cannot be repaired/ })
})

t.test('An install that is killed midway is recorded without a result', async (t) => {
  const url = await installedDatabase(t)
  const { db, start, install, acts } = await installing(t, url)
  await db.query(damage)
  const blocker = await connect(t, url)
  await blocker.query('begin; lock table log.message_sent_3 in row exclusive mode')
  const killed = start()
  await until('the install is recorded', async () => (await acts()).length > 0)
  killed.child.kill('SIGKILL')
  await killed.ended
  await blocker.query('rollback')
  t.match(await acts(), [{ actor: 'Zoë', outcome: null }])
  t.match(await install(), { code: 0 })
})

t.test('The first install is recorded as soon as it has created the list', async (t) => {
  const url = await freshDatabase(t)
  const { start, install, acts, db } = await installing(t, url)
  const refused = await install('--to', '999')
  t.match(refused, { code: 1, stderr: /release 999 does not exist; the newest is \d+$/m })
  t.notMatch(refused.stderr, 'recorded')
  const blocker = await connect(t, url)
  // The cut-over to the first read table waits for it.
  await blocker.query(`select pg_advisory_lock(${appendLock})`)
  const killed = start('--to', '0')
  await until('the list has the install', async () => {
    const { rows } = await db.query(`select to_regclass('work.acts') is not null as "exists"`)
    return rows[0].exists && (await acts()).length > 0
  })
  killed.child.kill('SIGKILL')
  t.equal(await killed.ended, 'SIGKILL')
  await blocker.query(`select pg_advisory_unlock(${appendLock})`)
  t.match(await install('--to', '0'), { code: 0 })
  const act = { actor: 'Zoë', act: 'install', arguments: { to: 0 } }
  t.match(await acts(), [
    { ...act, outcome: null },
    { ...act, outcome: 'done' },
  ])
})
