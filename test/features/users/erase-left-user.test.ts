// Users who left are erased by a worker 30 days later, unless they were restored: not a day earlier, and never both.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { UserCommand } from '../../../src/features/users/commands.ts'
import { user } from '../../../src/features/users/user.ts'
import { serviceRole } from '../../../src/platform/read-models/install/service-role.ts'
import { connect } from '../../support/installed.ts'
import { leftLongAgo } from '../../support/left-long-ago.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'
import { backendPid, untilLockWait } from '../../support/read-models/blocked-sessions.ts'
import { until } from '../../support/until.ts'
import { openDomainWithMail } from '../../support/working.ts'

const domain = await openDomainWithMail(t)
const { db, store, register, startWorker, url } = domain
const folder = await mkdtemp(join(tmpdir(), 'epistle-ledger-'))
t.teardown(() => rm(folder, { recursive: true }))
const ledger = join(folder, 'erasures.jsonl')
const service = await connect(t, url)
await service.query(`set role ${serviceRole}`)

/** Appends what a user decides. */
async function decide(userId: string, toCommand: (state: object) => UserCommand): Promise<void> {
  const { state, version } = await store.load(user, userId)
  const events = user.decide(toCommand(state), state)
  await store.append({ aggregate: user, streamId: userId, expectedVersion: version, events })
}

const id = () => crypto.randomUUID()
const leave = (userId: string) =>
  decide(userId, (state) => ({
    ...{ type: 'LeaveUser', id: id(), passwordSetBy: Reflect.get(state, 'passwordSetBy') },
  }))
const restore = (userId: string, email: string) =>
  decide(userId, () => ({ type: 'RestoreUser', id: id(), email }))

/** The header of the last deletion of a user. */
async function leavingOf(userId: string): Promise<string> {
  const { rows } = await db.query(
    `select id from log.events where stream_id = $1 and type = 'user_left_15' order by position desc limit 1`,
    [userId],
  )
  return rows[0].id
}

const forgetLeft = async (leaving: string) =>
  (await service.query('select log.forget_left($1) as "userId"', [leaving])).rows[0].userId
const isErased = async (userId: string) =>
  (await db.query('select from log.erasures where user_id = $1', [userId])).rowCount === 1

t.test('The service cannot erase a user who left less than 30 days ago', async (t) => {
  const { id: userId } = await register('ada')
  await leave(userId)
  const leaving = await leavingOf(userId)
  await t.rejects(forgetLeft(leaving), { code: '55000', message: /left less than 30 days ago/ })
  t.notOk(await isErased(userId))
  await t.rejects(service.query(`select log.forget($1, 'no')`, [userId]), { code: '42501' })
})

t.test('The service cannot erase a user who did not leave, or was restored', async (t) => {
  const { id: userId, email } = await register('bob')
  const { rows } = await db.query('select id from log.events where stream_id = $1', [userId])
  t.equal(await forgetLeft(rows[0].id), null, 'a registration')
  t.equal(await forgetLeft(id()), null, 'no event')
  await leave(userId)
  const first = await leavingOf(userId)
  await restore(userId, email)
  await leftLongAgo(db, userId)
  t.equal(await forgetLeft(first), null, 'restored')
  await leave(userId)
  t.equal(await forgetLeft(first), null, 'left again')
  await t.rejects(forgetLeft(await leavingOf(userId)), { code: '55000' })
  t.notOk(await isErased(userId))
})

t.test('A user who left 30 days ago cannot be restored, and the name is free', async (t) => {
  const { id: userId, email } = await register('cid')
  await leave(userId)
  await leftLongAgo(db, userId)
  await t.rejects(restore(userId, email), { code: 'invalid_token' })
  await t.resolves(register('cid'))
})

t.test('Workers erase users who left 30 days ago, with lines in the ledger', async (t) => {
  const left = await Promise.all(['dan', 'eve', 'fay'].map((name) => register(name)))
  for (const { id: userId } of left) {
    await leave(userId)
    await leftLongAgo(db, userId)
  }
  const [, , back] = left
  const early = await register('gus')
  await leave(early.id)
  const env = { FORGET_LEDGER: ledger, FORGET_MESSAGES: 'content' }
  await Promise.all([startWorker(env), startWorker(env)])
  for (const { id: userId } of left) await until('the user is erased', () => isErased(userId))
  t.notOk(await isErased(early.id))
  const lines = (await readFile(ledger, 'utf8')).trim().split('\n')
  const erased = lines.map((line) => JSON.parse(line)).filter((line) => line.userId === back?.id)
  t.match(erased, [{ kept: [] }])
  const { rows } = await db.query('select reason from log.erasures where user_id = $1', [back?.id])
  t.strictSame(rows, [{ reason: 'left 30 days ago' }])
})

t.test('A worker retries an erasure beside other maintenance, and after a crash', async (t) => {
  const { id: userId } = await register('hal')
  await db.query('select pg_advisory_lock(17744, 1)')
  await leave(userId)
  await leftLongAgo(db, userId)
  await db.query(`select pg_notify('epistle_log', '')`)
  const failed = `select from work.tasks where process = 'erasure_15' and attempts > 0 and last_error ~ 'maintenance'`
  await until('the erasure has failed', async () => (await db.query(failed)).rowCount === 1)
  await db.query('select pg_advisory_unlock(17744, 1)')
  await until('the user is erased', () => isErased(userId))
  // As a worker that dies after the commit, before its task is deleted.
  const leaving = await leavingOf(userId)
  t.equal(await forgetLeft(leaving), userId, 'the erasure is reported again')
})

t.test('Every read table equals its replay', async (t) => {
  t.strictSame(await damagedTables(db), [])
})

t.test('A restoration that gets the append lock just before the erasure wins', async (t) => {
  const { id: userId, email } = await register('ida')
  await leave(userId)
  // No worker erases this user.
  await db.query(`delete from work.tasks where data ->> 'userId' = $1`, [userId])
  await leftLongAgo(db, userId)
  // Otherwise the table refuses the restoration, by the same time.
  const late = `update read.left_users_15 set restorable_until = now() + interval '1 day' where user_id = $1`
  await db.query(late, [userId])
  const pid = await backendPid(service)
  await db.query('begin; select log.take_append_lock()')
  const erasing = forgetLeft(await leavingOf(userId))
  await untilLockWait(db, pid, 0)
  const data = { id: id(), user_id: userId, email, username: 'ida', password_hash: 'a hash' }
  const event = { stream_id: userId, stream_version: 3, type: 'user_restored_15', data }
  await db.query('select log.append($1)', [JSON.stringify([{ events: [event] }])])
  await db.query('commit')
  await t.rejects(erasing, { code: '40001', message: /was restored meanwhile/ })
  t.notOk(await isErased(userId))
})
