// Sessions are looked up in company, and yet exactly: what was ended is refused from then on, on
// every server.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { logOut } from '../../../src/features/sessions/log-in.ts'
import { sessionFinder } from '../../../src/features/sessions/queries.ts'
import type { Queryable } from '../../../src/platform/postgres/prepared.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { serve } from '../../../src/serve.ts'
import { openDomain } from '../../support/domain.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { served } from '../../support/http/served.ts'

const domain = await openDomain(t)

t.test('in one company each finds his own session, twice if he asks twice', async (t) => {
  const people = await Promise.all(['ada', 'bob', 'cleo'].map((name) => domain.register(name)))
  const logins = await Promise.all(people.map(({ email }) => domain.logIn(email)))
  const strange = hashToken('strange')
  const hashes = [...logins, ...logins].map(({ token }) => hashToken(token)).concat(strange)
  const found = await Promise.all(hashes.map((hash) => domain.findSession(hash)))
  const own = logins.map(({ id, expiresAt }, person) => ({
    sessionId: id,
    userId: people[person]?.id,
    expiresAt,
  }))
  t.strictSame(found, [...own, ...own, undefined])
})

t.test('many who ask while one is in flight cost one query more', async (t) => {
  let queries = 0
  const query = (...args: Parameters<Queryable['query']>) => {
    queries += 1
    return domain.pool.query(...args)
  }
  const find = sessionFinder({ query } as Queryable)
  await Promise.all(Array.from({ length: 100 }, (_, n) => find(hashToken(`${n}`))))
  t.equal(queries, 2)
})

t.test(
  'a session that ends after a query went is refused to whoever asks after that',
  async (t) => {
    const { id: userId, email } = await domain.register('dora')
    const { id: sessionId, token } = await domain.logIn(email)
    const answered = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    // PostgreSQL has answered, but the answer is long on its way.
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
    t.equal((await before)?.sessionId, sessionId, 'it was live when this one asked')
    t.equal(await after, undefined)
  },
)

t.test('a query that fails is told to all who waited for it, and the next one works', async (t) => {
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

t.test('a session ended on one server is refused at once on the other, however busy', async (t) => {
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
    // The very token that is ended is being looked up over there all the time.
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
    t.same(next, [401, 401, 401, 401], `${name} is logged out everywhere`)
  }
})
