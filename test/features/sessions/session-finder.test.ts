// Sessions are looked up in batches, and yet every look-up is current: an ended session is rejected from then
// on, by every server.
import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { logOut } from '../../../src/features/sessions/log-out.ts'
import { sessionFinder } from '../../../src/features/sessions/queries.ts'
import type { Queryable } from '../../../src/platform/postgres/prepared.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { serve } from '../../../src/serve.ts'
import { openDomain } from '../../support/domain.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { served } from '../../support/http/served.ts'
import { until } from '../../support/until.ts'

const domain = await openDomain(t)
const { owner, arrive, send } = await served(t, { DATABASE_POOL_SIZE: '1' })

t.test(
  'In one batch each look-up finds its own session, also when a token occurs twice',
  async (t) => {
    const people = await Promise.all(['ada', 'bob', 'cleo'].map((name) => domain.register(name)))
    const logins = await Promise.all(people.map(({ email }) => domain.logIn(email)))
    const unknown = hashToken('unknown')
    const hashes = [...logins, ...logins].map(({ token }) => hashToken(token)).concat(unknown)
    const found = await Promise.all(hashes.map((hash) => domain.findSession(hash)))
    const own = logins.map(({ id, expiresAt }, person) => ({
      sessionId: id,
      userId: people[person]?.id,
      expiresAt,
    }))
    t.strictSame(found, [...own, ...own, undefined])
  },
)

t.test('Many look-ups during a query cost one more query', async (t) => {
  let queries = 0
  const query = (...args: Parameters<Queryable['query']>) => {
    queries += 1
    return domain.pool.query(...args)
  }
  const find = sessionFinder({ query } as Queryable)
  await Promise.all(Array.from({ length: 100 }, (_, n) => find(hashToken(`${n}`))))
  t.equal(queries, 2)
})

t.test('A session that ends during a query is rejected by later look-ups', async (t) => {
  const { id: userId, email } = await domain.register('dora')
  const { id: sessionId, token } = await domain.logIn(email)
  const answered = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  // PostgreSQL has answered, but the answer arrives late.
  const query = async (...args: Parameters<Queryable['query']>) => {
    const answer = await domain.pool.query(...args)
    answered.resolve()
    await released.promise
    return answer
  }
  const find = sessionFinder({ query } as unknown as Queryable)
  const before = find(hashToken(token))
  await answered.promise
  await logOut(domain, { sessionId, userId, metadata: {} })
  const after = find(hashToken(token))
  released.resolve()
  t.equal((await before)?.sessionId, sessionId, 'it was active when this look-up began')
  t.equal(await after, undefined)
})

t.test('A failed query rejects all look-ups of its batch, and the next query works', async (t) => {
  const { email } = await domain.register('emil')
  const { id, token } = await domain.logIn(email)
  let failing = true
  const query = (...args: Parameters<Queryable['query']>) =>
    failing ? domain.pool.query('select 1 / 0') : domain.pool.query(...args)
  const find = sessionFinder({ query } as Queryable)
  const answers = await Promise.allSettled([1, 2, 3].map(() => find(hashToken(token))))
  t.match(
    answers,
    [1, 2, 3].map(() => ({ reason: { code: '22012' } })),
  )
  failing = false
  t.equal((await find(hashToken(token)))?.sessionId, id)
})

t.test(
  'A session that expires in a year beyond RFC 3339 fails no look-up and no list',
  async (t) => {
    const [ada, bob] = [await arrive('ada'), await arrive('bob')]
    const year = '294276-12-31 23:59:59+00'
    const damage = 'update read.sessions_10 set expires_at = $1 where id = $2'
    await owner.query(damage, [year, ada.id])
    const ask = async (client: typeof ada.client) => (await client.GET('/users/me')).response.status
    const statuses = await Promise.all([ada, bob, bob, ada].map(({ client }) => ask(client)))
    t.same(statuses, [200, 200, 200, 200])
    const { data } = await ada.client.GET('/sessions')
    t.match(data?.items, [{ id: ada.id, expiresAt: '9999-12-31T23:59:59.999Z', current: true }])
    await owner.query(damage, ['-infinity', ada.id])
    t.equal(await ask(ada.client), 401)
    for (const table of ['session_started_0', 'session_started_10', 'mail_token_issued_8']) {
      const row = { id: randomUUID(), user_id: ada.user.id, token_hash: '\\x00', expires_at: year }
      const insert = `insert into log.${table} select * from jsonb_populate_record(null::log.${table}, $1)`
      const values = [{ ...row, purpose: 'password_reset' }]
      const refused = await owner.query(insert, values).catch(({ constraint }) => constraint)
      t.equal(refused, `${table}__expiry_malformed`)
    }
  },
)

t.test('Session look-ups wait for no other query', async (t) => {
  const { client } = await arrive('nora')
  await owner.query('begin; lock table read.messages_10')
  const blocked = client.GET('/messages/{id}', { params: { path: { id: randomUUID() } } })
  const waits = `select from pg_stat_activity where datname = current_database()
    and wait_event_type = 'Lock' and query ~ 'messages_10'`
  await until('the only connection of the pool waits', async () => {
    // A transaction would otherwise see the activity of its first look.
    await owner.query('select pg_stat_clear_snapshot()')
    const { rowCount } = await owner.query(waits)
    return rowCount === 1
  })
  const token = randomBytes(32).toString('base64url')
  const first = await Promise.race([blocked, send('/users/me', { token })])
  await owner.query('commit')
  t.equal('status' in first && first.status, 401)
  t.equal((await blocked).response.status, 404)
})

t.test('A session ended on one server is rejected at once by another, busy server', async (t) => {
  const { databaseUrl, arrive, send } = await served(t)
  const config = loadConfig({ PORT: '0' })
  const { log } = readableLog('silent')
  const other = await serve({ config, databaseUrl, log })
  t.teardown(() => other.close())
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${other.url}/users/me`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }

  for (const name of ['fred', 'gina', 'hugo', 'iris', 'jack', 'kate', 'lars', 'mona']) {
    const { token } = await arrive(name)
    // The other server looks up this token all the time.
    let ended = false
    const crowd = Array.from({ length: 16 }, async () => {
      while (!ended) await ask(token)
    })
    t.equal(await ask(token), 200)
    const { status } = await send('/sessions/current', { method: 'DELETE', token })
    const next = await Promise.all(Array.from({ length: 4 }, () => ask(token)))
    ended = true
    await Promise.all(crowd)
    t.equal(status, 204)
    t.same(next, [401, 401, 401, 401], `${name} is logged out on both servers`)
  }
})
