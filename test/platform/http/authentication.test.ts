import { randomBytes } from 'node:crypto'
import t from 'tap'
import { principalOf } from '../../../src/platform/http/authentication.ts'
import { requireLeases } from '../../../src/platform/http/health.ts'
import { metadata } from '../../../src/platform/http/metadata.ts'
import type { FindSession } from '../../../src/platform/http/principal.ts'
import { Problem } from '../../../src/platform/http/problems/problem.ts'
import { RecentSessions } from '../../../src/platform/http/recent-sessions.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { bareApp } from '../../support/http/bare-app.ts'

const token = randomBytes(32).toString('base64url')
const expired = randomBytes(32).toString('base64url')
const later = new Date(Date.now() + 60_000)
const sessions = new Map([
  [token, { sessionId: 's1', userId: 'u1', expiresAt: later }],
  [expired, { sessionId: 's2', userId: 'u1', expiresAt: new Date(Date.now() - 1) }],
])
let lookedUp = 0
const findSession: FindSession = async (tokenHash) => {
  lookedUp += 1
  return [...sessions].find(([known]) => hashToken(known) === tokenHash)?.[1]
}

const { app } = await bareApp(
  t,
  (app) => {
    app.get('/me', async (request) => principalOf(request))
    app.get('/look-ups', { config: { position: false } }, async () => ({ lookedUp }))
    app.get('/rows', async ({ sessionCheck }) => {
      sessionCheck?.confirm()
      return []
    })
    app.post('/nothing', async () => 'nothing was appended')
    app.post('/append', async (request) => {
      metadata(request).session?.confirm()
      return 'appended'
    })
    app.post('/fail', async () => {
      throw new Problem('conflict')
    })
    app.get('/open', { config: { open: true } }, async (request) => ({
      caller: request.principal ?? null,
    }))
    app.get('/careless', { config: { open: true } }, async (request) => principalOf(request))
  },
  { findSession },
)

const ask = (authorization?: string, url = '/me') =>
  app.inject({ url, headers: authorization === undefined ? {} : { authorization } })

t.test('The token of an active session makes its user the principal', async (t) => {
  t.same((await ask(`Bearer ${token}`)).json(), { sessionId: 's1', userId: 'u1' })
})

t.test('The scheme Bearer is accepted in any case', async (t) => {
  for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
    t.equal((await ask(`${scheme} ${token}`)).statusCode, 200, scheme)
  }
})

t.test('The challenge has a realm, and `invalid_token` only for a bad Bearer token', async (t) => {
  const missing = await ask()
  t.match(missing.json(), { code: 'unauthenticated' })
  t.equal(missing.headers['www-authenticate'], 'Bearer realm="Epistle"')
  // RFC 6750, 3.1: another scheme is no authentication information.
  for (const other of [`Basic ${token}`, 'Bearerx', '']) {
    t.equal((await ask(other)).headers['www-authenticate'], 'Bearer realm="Epistle"', other)
  }
  const unknown = randomBytes(32).toString('base64url')
  for (const bad of [`Bearer ${unknown}`, `Bearer ${expired}`, `Bearer`]) {
    const answer = await ask(bad)
    t.equal(answer.statusCode, 401, bad)
    t.equal(
      answer.headers['www-authenticate'],
      'Bearer realm="Epistle", error="invalid_token"',
      bad,
    )
  }
})

t.test('A malformed token is never looked up', async (t) => {
  const before = lookedUp
  const bad = [`${token}A`, token.slice(1), `${token.slice(0, -1)}B`, `${token} x`, "' or 1=1"]
  for (const each of bad) t.equal((await ask(`Bearer ${each}`)).statusCode, 401, each)
  t.equal(lookedUp, before)
})

t.test('An open route ignores even a valid token', async (t) => {
  const before = lookedUp
  t.same((await ask(`Bearer ${token}`, '/open')).json(), { caller: null })
  t.equal(lookedUp, before)
})

t.test('An open route that requires a principal fails with internal', async (t) => {
  t.match((await ask(undefined, '/careless')).json(), { code: 'internal' })
})

t.test('A server uses nothing that it read while its leases were lost', async (t) => {
  /** How many more checks find the leases held. */
  let heldChecks = 0
  let handled = 0
  const { app } = await bareApp(
    t,
    (app) => {
      requireLeases(app, () => heldChecks-- > 0)
      const handler = async () => {
        handled += 1
        return { rows: [] }
      }
      app.get('/rows', handler)
      app.post('/commands', handler)
    },
    { findSession },
  )
  const send = async (method: 'GET' | 'HEAD' | 'POST', url: string, checks: number) => {
    heldChecks = checks
    const headers = { authorization: `Bearer ${token}` }
    return (await app.inject({ method, url, headers })).statusCode
  }
  t.equal(await send('GET', '/rows', 3), 200)
  t.equal(await send('GET', '/rows', 2), 503)
  t.equal(await send('HEAD', '/rows', 2), 503)
  t.equal(await send('POST', '/commands', 2), 200, 'a recorded command is answered')
  t.equal(handled, 4)
  for (const checks of [0, 1]) t.equal(await send('POST', '/commands', checks), 503)
  t.equal(handled, 4)
})

t.test(
  'A request of a recent session needs no look-up if its append or its statement checks the session',
  async (t) => {
    const lookUps = async (method: 'GET' | 'HEAD' | 'POST', url: string, status = 200) => {
      const before = lookedUp
      const headers = { authorization: `Bearer ${token}` }
      t.equal((await app.inject({ method, url, headers })).statusCode, status, url)
      return lookedUp - before
    }
    t.equal(await lookUps('GET', '/me'), 1)
    t.equal(await lookUps('POST', '/append'), 0)
    t.equal(await lookUps('POST', '/nothing'), 1)
    t.equal(await lookUps('POST', '/fail', 409), 1)
    t.equal(await lookUps('HEAD', '/me'), 1)
    t.equal(await lookUps('GET', '/me'), 1)
    t.equal(await lookUps('GET', '/rows'), 0)
    const before = lookedUp
    const streams = await ask(`Bearer ${token}`, '/look-ups')
    t.same(streams.json(), { lookedUp: before + 1 }, 'a stream waits for its look-up')
  },
)

t.test('A session is recent for ten seconds from the beginning of its look-up', async (t) => {
  const { now } = performance
  t.teardown(() => {
    performance.now = now
  })
  let time = 0
  performance.now = () => time
  const recent = new RecentSessions(async () => {
    time += 400
    return { sessionId: 's', userId: 'u', expiresAt: later }
  })
  t.equal(recent.get('hash'), undefined)
  await recent.lookUp('hash')
  time = 9_999
  t.match(recent.get('hash'), { sessionId: 's' })
  time = 10_000
  t.equal(recent.get('hash'), undefined)
})

t.test(
  'A recent session is forgotten by its id, by its user, and once it is not found',
  async (t) => {
    let found = true
    const recent = new RecentSessions(async (hash) =>
      found
        ? { sessionId: `s${hash}`, userId: hash < '3' ? 'u' : 'v', expiresAt: later }
        : undefined,
    )
    const known = () => ['1', '2', '3', '4'].filter((hash) => recent.get(hash))
    for (const hash of ['1', '2', '3', '4', '1']) await recent.lookUp(hash)
    recent.forget(['s3', 'unknown'])
    t.same(known(), ['1', '2', '4'])
    recent.forget(['u'])
    t.same(known(), ['4'])
    found = false
    await recent.lookUp('4')
    t.same(known(), [])
  },
)

t.test('Recent sessions are bounded, and an expired one is not among them', async (t) => {
  let expiresAt = later
  const recent = new RecentSessions(async (hash) => ({ sessionId: hash, userId: hash, expiresAt }))
  for (let n = 0; n <= 10_000; n += 1) await recent.lookUp(`${n}`)
  t.equal(recent.get('0'), undefined)
  t.ok(recent.get('1'))
  expiresAt = new Date(Date.now() - 1)
  t.equal(await recent.lookUp('1'), undefined)
  t.equal(recent.get('1'), undefined)
})
