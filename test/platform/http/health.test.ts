// /readyz: when a server is not ready, and what its log contains about it.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { password, served } from '../../support/http/served.ts'

/** What the log contains about readiness. */
function readiness(lines: readonly string[]) {
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => /not ready|ready again/.test(msg))
}

t.test('A server is not ready while one of its read tables is retiring', async (t) => {
  const { owner, send } = await served(t)
  await owner.query(`update read.tables set state = 'retiring' where name = 'sessions_10'`)
  const answer = await send('/readyz')
  t.equal(answer.status, 503)
  t.match(await answer.json(), { detail: /sessions_10/ })
})

t.test('A read-only database is not ready, until a new session can write', async (t) => {
  const { databaseUrl, owner, send, lines } = await served(t)
  const name = new URL(databaseUrl).pathname.slice(1)
  await owner.query(`alter database ${name} set default_transaction_read_only = on`)
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await send('/readyz')
    t.equal(answer.status, 503)
    t.match(await answer.json(), { detail: 'The database accepts no writes.' })
  }
  t.match(readiness(lines), [
    { level: 'warn', msg: /not ready: default_transaction_read_only is on/ },
  ])
  // The server's connections end, and those that replace them are read-only.
  await owner.query(
    `select pg_terminate_backend(pid, 1000) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  )
  while (!/accepts no writes/.test(await (await send('/readyz')).text())) await pause(20)
  const body = JSON.stringify({ email: 'ada@example.org', username: 'ada', password })
  const registered = send('/users', { method: 'POST', body })
  while (!lines.some((line) => /could not be appended/.test(line))) await pause(20)
  await owner.query(`alter database ${name} reset default_transaction_read_only`)
  t.equal((await registered).status, 201, 'the writer tries again in a new session')
  while ((await send('/readyz')).status !== 200) await pause(20)
  t.match(readiness(lines).at(-1), { level: 'info', msg: 'ready again' })
})

t.test('Why a server is not ready is logged, once for each reason', async (t) => {
  const { owner, send, lines } = await served(t)
  await owner.query('revoke usage on schema read from epistle_service')
  for (let turn = 0; turn < 2; turn += 1) t.equal((await send('/readyz')).status, 500)
  await owner.query(`grant usage on schema read to epistle_service`)
  t.equal((await send('/readyz')).status, 200)
  t.match(readiness(lines), [
    { level: 'warn', msg: /not ready: permission denied for schema read/, err: { code: '42501' } },
    { level: 'info', msg: 'ready again' },
  ])
})
