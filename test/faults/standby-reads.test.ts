// Reads with `Epistle-Position` from synchronous standbys that are late, fail, or may not be used: no response shows
// less than the request demands, and none fails.
import t from 'tap'
import { ownCluster } from '../support/faults/cluster.ts'
import { positionedReads } from '../support/faults/positioned-reads.ts'
import { addressOf, addStandby, makeSynchronous } from '../support/faults/standbys.ts'
import { served } from '../support/http/served.ts'
import { idOf } from '../support/ids.ts'
import { connect } from '../support/installed.ts'
import { sampleOf, scrape } from '../support/scrape.ts'
import { until } from '../support/until.ts'

const cluster = await ownCluster(t)
// A conflict with recovery cancels a query at once.
const one = await addStandby(t, cluster.url, 'one', ['max_standby_streaming_delay = 0'])
const two = await addStandby(t, cluster.url, 'two', ['recovery_min_apply_delay = 100ms'])
await makeSynchronous(cluster.url, 'one', 'two')

const env = { READ_DATABASE_URL: addressOf([one]), REPLICA_WAIT_MS: '50', ADMIN_PORT: '0' }
const { arrive, send, lines, server } = await served(t, env, cluster.url)
const ada = await arrive('ada')

const { write, read, caughtUp, lastAnswer, nextQueries } = positionedReads(ada, server.url)

t.test(
  'A read with a position comes from the standby, one without it from the primary',
  async (t) => {
    const position = await write('one')
    await caughtUp(position)
    t.match(await read(position), { status: 200, newest: 'one', shown: position })
    t.equal(lastAnswer(), 'standby at_once')
    t.match(await read(), { status: 200, newest: 'one' })
    t.equal(lastAnswer(), 'primary no_position')
    const paths = [
      '/users/me',
      `/users/${ada.user.id}`,
      '/conversations',
      '/blocks',
      '/users/me/history',
    ]
    for (const path of paths) {
      const { status } = await send(path, {
        token: ada.token,
        headers: { 'epistle-position': position },
      })
      t.equal(status, 200, path)
      t.equal(lastAnswer(), 'standby at_once', path)
    }
  },
)

t.test('The metrics count the connections to standbys', async (t) => {
  const samples = await scrape(server.adminUrl)
  const count = (pool: string, state: string) =>
    sampleOf(samples, 'epistle_database_connections', { pool, state })
  t.equal((count('standbys', 'idle') ?? 0) > 0, true)
  t.equal(count('standbys', 'busy'), 0)
  t.equal(count('standby_checks', 'busy'), 1)
  t.equal(sampleOf(samples, 'epistle_database_connection_waiters', { pool: 'standbys' }), 0)
})

t.test('No read is stale while the replay is paused, unless it demands less', async (t) => {
  const earlier = await write('before the pause')
  await caughtUp(earlier)
  await one.pause()
  const later = await write('in the pause')
  t.match(await read(later), { newest: 'in the pause', shown: later })
  t.equal(lastAnswer(), 'primary behind')
  t.match(await read(later), { newest: 'in the pause', shown: later }, 'without another wait')
  t.equal(lastAnswer(), 'primary no_standby')
  t.match(await read(earlier), { newest: 'before the pause', shown: earlier }, 'the control')
  t.equal(lastAnswer(), 'standby at_once')
  const missing = await send(`/messages/${ada.user.id}`, {
    token: ada.token,
    headers: { 'epistle-position': later },
  })
  t.equal(missing.status, 404)
  t.ok(BigInt(missing.headers.get('epistle-position') ?? 0) >= BigInt(later), 'a 404 is not stale')
  await one.resume()
  await caughtUp(later)
})

t.test('A read waits for a standby that comes in time', async (t) => {
  const patient = await served(t, { ...env, REPLICA_WAIT_MS: '10000' }, cluster.url)
  await one.pause()
  const position = await write('awaited')
  const answer = read(position, patient.server.url)
  // Each standby is looked at once a second anyway, but every few milliseconds while a read waits.
  await nextQueries(/^findEndOfLog$/, 30)
  await one.resume()
  t.match(await answer, { status: 200, newest: 'awaited', shown: position })
  t.equal(lastAnswer(), 'standby waited')
})

t.test('A malformed position is refused, and one beyond the log is unknown', async (t) => {
  for (const position of ['', 'x', '-1', '1.5', '1, 2', '12345678901234567890']) {
    const headers = { 'epistle-position': position }
    const response = await send('/messages', { token: ada.token, headers })
    t.equal(response.status, 422, position)
    t.match(await response.json(), {
      code: 'validation_failed',
      errors: [{ parameter: 'Epistle-Position', code: 'invalid_format' }],
    })
  }
  const last = BigInt((await read()).shown ?? 0)
  const unknown = { status: 412, code: 'position_unknown', shown: null }
  for (const position of [last + 1n, 9223372036854775807n, 9999999999999999999n]) {
    t.match(await read(String(position)), unknown, String(position))
  }
  for (const path of ['/stream', '/events', '/users/me/export', '/sessions']) {
    const headers = { 'epistle-position': String(last + 1n) }
    t.equal((await send(path, { token: ada.token, headers })).status, 412, path)
  }
  t.match(await read('0'), { status: 200 })
})

t.test(
  'A position whose commit still waits for its standbys is awaited, not unknown',
  async (t) => {
    const owner = await connect(t, cluster.url)
    const register = (n: number) =>
      owner.query(
        `begin; insert into log.user_registered_0 values ('${idOf(n)}', 'u${n}@example.com', 'x')`,
      )
    const lastPosition = 'select max(position) as position from log.events'
    for (const [n, end] of ['commit', 'rollback'].entries()) {
      await register(n + 1)
      const { position } = (await owner.query(lastPosition)).rows[0]
      const waits = nextQueries(/^findAppendLockHolder$/, 1)
      const answer = read(position)
      await waits
      await owner.query(end)
      const { status, shown } = await answer
      t.equal(status, end === 'commit' ? 200 : 412, end)
      t.equal(shown, end === 'commit' ? position : null, end)
    }
  },
)

t.test('A query that a standby cancels is read again from the primary', async (t) => {
  const position = await write('a conflict')
  await caughtUp(position)
  const holder = await connect(t, cluster.url)
  const other = await connect(t, cluster.url)
  // The replay of this lock keeps the query waiting on the standby, and the primary keeps the second attempt.
  await holder.query('begin; lock table read.verified_emails_8 in access exclusive mode')
  await holder.query('select pg_current_xact_id()')
  await other.query('select pg_switch_wal()')
  const locked = `select from pg_locks where mode = 'AccessExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())
    and relation = 'read.verified_emails_8'::regclass`
  await until('the lock is replayed', async () => (await one.query(locked)).length)
  const headers = { 'epistle-position': position }
  const answer = send('/users/me', { token: ada.token, headers })
  const waits = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  await until('the query waits on the standby', async () => (await one.query(waits)).length)
  await other.query('begin; lock table read.users_2 in access exclusive mode; commit')
  const conflicts = `select from pg_stat_database_conflicts where confl_lock > 0`
  await until('the replay cancels it', async () => (await one.query(conflicts)).length)
  await holder.query('rollback')
  t.equal((await answer).status, 200)
  t.equal(lastAnswer(), 'primary failed')
  await caughtUp(position)
})

t.test(
  'No request fails when a standby is killed, and it is used again when it is back',
  async (t) => {
    const both = await served(t, { ...env, READ_DATABASE_URL: addressOf([one, two]) }, cluster.url)
    await makeSynchronous(cluster.url, 'one')
    const position = await write('a kill')
    const failures: unknown[] = []
    let shown = BigInt(position)
    let isOver = false
    const reads = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const demanded = shown
        const answer = await read(String(demanded), both.server.url)
        const got = BigInt(answer.shown ?? 0)
        if (answer.status !== 200 || got < demanded) failures.push(answer)
        if (got > shown) shown = got
      }
    })
    await two.kill()
    for (let n = 0; n < 20; n += 1) await write(`after the kill ${n}`)
    isOver = true
    await Promise.all(reads)
    t.strictSame(failures, [])
    await two.start()
    await makeSynchronous(cluster.url, 'one', 'two')
  },
)

t.test('An asynchronous standby and a primary are not read from, which the log says', async (t) => {
  await makeSynchronous(cluster.url, 'two')
  const warning = /does not count one as a synchronous standby/
  await until('the server has seen it', async () => lines.some((line) => warning.test(line)))
  const position = await write('asynchronous')
  t.match(await read(position), { newest: 'asynchronous' })
  t.equal(lastAnswer(), 'primary no_standby')
  await makeSynchronous(cluster.url, 'one', 'two')
  await caughtUp(position)

  const misled = await served(t, { ...env, READ_DATABASE_URL: cluster.url }, cluster.url)
  t.ok(misled.lines.some((line) => /the server is no standby/.test(line)))
  t.match(await read(position, misled.server.url), { status: 200 })
  t.equal(lastAnswer(), 'primary no_standby')
})

t.test('A standby that has not replayed an installation is not read from', async (t) => {
  await one.pause()
  const owner = await connect(t, cluster.url)
  await owner.query(`update read.tables set state = 'building' where name = 'messages_10'`)
  await one.resume()
  await until('it is replayed', async () => {
    const state = `select from read.tables where name = 'messages_10' and state = 'building'`
    return (await one.query(state)).length
  })
  await one.pause()
  await owner.query(`update read.tables set state = 'live' where name = 'messages_10'`)
  const newer = await served(t, env, cluster.url)
  const reason = /messages_10 is building there; the standby has not replayed/
  t.ok(newer.lines.some((line) => reason.test(line)))
  const last = (await read()).shown ?? ''
  t.match(await read(last, newer.server.url), { status: 200 })
  t.equal(lastAnswer(), 'primary no_standby')
  await one.resume()
  await caughtUp(last, newer.server.url)
})
