// When a stream ends: with its session, on every server and whatever ends the session, and when the
// server stops.
import t from 'tap'
import type { Finishing } from '../../support/database.ts'
import { password, served } from '../../support/http/served.ts'
import { idOf } from '../../support/ids.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { until } from '../../support/until.ts'

const { server, another, arrive, client, owner, lines } = await served(t)
const secondUrl = await another()

/** A user with two sessions, each with a stream on a different server. */
async function listen(t: Finishing, username: string) {
  const here = await arrive(username)
  const { data: there } = await client().POST('/sessions', {
    body: { email: here.email, password },
  })
  if (!there?.token) throw new Error('no second session')
  const kept = await follow(t, server.url, here.token)
  const ended = await follow(t, secondUrl, there.token)
  for (const reader of [kept, ended]) await reader.until(({ event }) => event === 'ready')
  const goesOn = async () => {
    await here.client.POST('/messages', { body: { to: here.user.id, content: 'still here' } })
    await kept.until(({ data }) => data.content === 'still here')
  }
  return { here, there, kept, ended, goesOn }
}

t.test('Ending a session ends its stream on another server, in order', async (t) => {
  const { here, there, ended, goesOn } = await listen(t, 'ada')
  await here.client.DELETE('/sessions/{id}', { params: { path: { id: there.id } } })
  t.equal(await ended.ended, true)
  await goesOn()
})

t.test('Ending all other sessions ends their streams on other servers', async (t) => {
  const { here, ended, goesOn } = await listen(t, 'tom')
  t.equal((await here.client.DELETE('/sessions')).response.status, 204)
  t.equal(await ended.ended, true)
  await goesOn()
})

t.test('An open stream is a use of its session on each day', async (t) => {
  const { there } = await listen(t, 'ivy')
  await owner.query(
    `update read.sessions_10 set started_at = started_at - interval '1 day' where id = $1`,
    [there.id],
  )
  const { rows } = await until('the use is recorded', async () => {
    const uses = await owner.query('select * from sessions.uses where session_id = $1', [there.id])
    return uses.rowCount === 1 && uses
  })
  t.ok(rows[0].expires_at.toISOString() >= there.expiresAt)
})

t.test('A changed password ends the streams of all other sessions', async (t) => {
  const { here, ended, goesOn } = await listen(t, 'bob')
  const body = { currentPassword: password, newPassword: 'other words entirely' }
  await here.client.PUT('/users/me/password', { body })
  t.equal(await ended.ended, true)
  await goesOn()
})

t.test('A stream ends when its session expires', async (t) => {
  const { there, ended, goesOn } = await listen(t, 'eve')
  await owner.query('update read.sessions_10 set expires_at = now() where id = $1', [there.id])
  t.equal(await ended.ended, true)
  await goesOn()
})

t.test('A stream contains no event recorded after the end of its session', async (t) => {
  const { here, there, ended, goesOn } = await listen(t, 'joe')
  await owner.query('begin')
  await owner.query('insert into log.session_ended_0 (id, user_id) values ($1, $2)', [
    there.id,
    here.user.id,
  ])
  await owner.query(
    `insert into log.message_sent_3 (id, src_id, dst_id, content) values ($1, $2, $2, 'secret')`,
    [idOf(1), here.user.id],
  )
  await owner.query('commit')
  t.equal(await ended.ended, true)
  t.notMatch(ended.text(), 'secret')
  await goesOn()
})

t.test('A client that disconnects is removed and logged', async (t) => {
  const { here, ended, goesOn } = await listen(t, 'kim')
  ended.leave()
  const isLogged = (line: string) =>
    line.includes('stream closed with its connection') && line.includes(here.user.id)
  t.ok(await until('the server logs it', async () => lines.some(isLogged)))
  await goesOn()
})

t.test('A stopping server ends every stream in order, without delay', async (t) => {
  const own = await served(t, { SHUTDOWN_SECONDS: '600' })
  const { token } = await own.arrive('zoe')
  const readers = await Promise.all([1, 2, 3].map(() => follow(t, own.server.url, token)))
  for (const reader of readers) await reader.until(({ event }) => event === 'ready')
  await own.server.close()
  for (const reader of readers) t.equal(await reader.ended, true)
  // A PostgreSQL backend ends a moment after its connection.
  const left = `select from pg_stat_activity where datname = current_database()
    and pid <> pg_backend_pid() and backend_type = 'client backend'`
  await until(
    'the server has closed its connections',
    async () => (await own.owner.query(left)).rowCount === 0,
  )
})
