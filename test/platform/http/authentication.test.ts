import { randomBytes } from 'node:crypto'
import t from 'tap'
import { type FindSession, principalOf } from '../../../src/platform/http/authentication.ts'
import { requireLeases } from '../../../src/platform/http/health.ts'
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
