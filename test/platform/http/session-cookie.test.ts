// Cookie mode: which requests may use the session cookie, and which are refused before their handler runs.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { principalOf } from '../../../src/platform/http/authentication.ts'
import type { FindSession } from '../../../src/platform/http/principal.ts'
import { clearSessionCookie, handOver } from '../../../src/platform/http/session-cookie.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { bareApp } from '../../support/http/bare-app.ts'

const token = randomBytes(32).toString('base64url')
const ended = randomBytes(32).toString('base64url')
const session = { sessionId: 's1', userId: 'u1', expiresAt: new Date(Date.now() + 60_000) }
const findSession: FindSession = async (hash) => (hash === hashToken(token) ? session : undefined)

const host = 'chat.example'
const listed = 'https://app.chat.example'
const evil = 'https://evil.example'
let handled = 0

async function appFor(corsOrigins: readonly string[], trustProxy: readonly string[] = []) {
  const { app } = await bareApp(
    t,
    (app) => {
      const run = async (request: Parameters<typeof principalOf>[0]) => {
        handled += 1
        return principalOf(request)
      }
      app.get('/me', run)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
        app.route({ method, url: '/change', handler: run })
      }
      app.post('/login', { config: { open: true } }, async (_request, reply) => ({
        id: 's1',
        ...handOver(reply, token, true),
      }))
      app.post('/logout', async (request, reply) => clearSessionCookie(request, reply))
    },
    { findSession, corsOrigins, trustProxy },
  )
  return app
}

const app = await appFor([listed])
const open = await appFor(['*', listed])
const proxied = await appFor([], ['loopback'])

type Headers = Record<string, string>
async function send(call: string, headers: Headers, on = app, cookie = `__Host-epistle=${token}`) {
  const [method, url] = call.split(' ') as ['GET', string]
  const answer = await on.inject({ method, url, headers: { host, cookie, ...headers } })
  const { code } = answer.statusCode < 400 ? { code: undefined } : answer.json()
  return { status: answer.statusCode, code, headers: answer.headers, text: answer.body }
}

const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /change`)
const own = `https://${host}`

/** The headers that a browser sends, and whether the cookie then reads and changes. */
const origins: readonly (readonly [string, Headers, boolean, boolean])[] = [
  ['its own page', { 'sec-fetch-site': 'same-origin', origin: own }, true, true],
  ['its own page without Origin', { 'sec-fetch-site': 'same-origin' }, true, true],
  ['its own page in an older browser', { origin: own }, true, true],
  ['a listed origin', { 'sec-fetch-site': 'same-site', origin: listed }, true, true],
  ['a listed origin in an older browser', { origin: listed }, true, true],
  ['the address bar', { 'sec-fetch-site': 'none' }, true, false],
  ['no headers', {}, true, false],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: evil }, false, false],
  ['another site by an image or a link', { 'sec-fetch-site': 'cross-site' }, false, false],
  ['another site in an older browser', { origin: evil }, false, false],
  ['a form of a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }, false, false],
  ['a subdomain', { 'sec-fetch-site': 'same-site', origin: `https://x.${host}` }, false, false],
  ['a subdomain by an image', { 'sec-fetch-site': 'same-site' }, false, false],
  ['the same host without TLS', { origin: `http://${host}` }, false, false],
  ['the same host without TLS', { 'sec-fetch-site': 'cross-site', origin: own }, false, false],
  ['another port', { origin: `${own}:8443` }, false, false],
  ['a longer host', { origin: `${own}.evil.example` }, false, false],
  ['a longer listed origin', { origin: `${listed}.evil.example` }, false, false],
  ['two values', { 'sec-fetch-site': 'same-origin, cross-site' }, false, false],
  ['an empty value', { 'sec-fetch-site': '' }, false, false],
  ['an empty Origin', { origin: '' }, false, false],
]

for (const [from, headers, reads, changes] of origins) {
  t.test(`The cookie from ${from} ${reads ? 'reads' : 'does not read'}`, async (t) => {
    for (const call of ['GET /me', 'HEAD /me', ...unsafe]) {
      const before = handled
      const { status, code } = await send(call.replace('HEAD', 'GET'), headers)
      const isAllowed = call.endsWith('/me') ? reads : changes
      t.same([status, code], isAllowed ? [200, undefined] : [403, 'cross_site_request'], call)
      t.equal(handled - before, isAllowed ? 1 : 0, call)
    }
    const simple = { ...headers, 'content-type': 'text/plain' }
    if (!changes) t.equal((await send('POST /change', simple)).status, 403, 'a simple request')
    // A token in a header does not come from the browser, so its origin does not matter.
    const bearer = { ...headers, authorization: `Bearer ${token}` }
    t.equal((await send('DELETE /change', bearer, app, '')).status, 200, 'the bearer token')
  })
}

t.test(
  'No origin is trusted with the cookie by `*`, even one that is listed with it',
  async (t) => {
    const from = { 'sec-fetch-site': 'same-site', origin: listed }
    for (const call of ['GET /me', ...unsafe]) t.equal((await send(call, from, open)).status, 403)
    const answer = await send('GET /me', { 'sec-fetch-site': 'same-origin', origin: own }, open)
    t.equal(answer.status, 200, 'its own pages are')
    t.notOk(answer.headers['access-control-allow-credentials'])
  },
)

t.test('A loopback address needs no TLS, as browsers keep the cookie there', async (t) => {
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'app.localhost:3000']) {
    t.equal((await send('DELETE /change', { host, origin: `http://${host}` })).status, 200, host)
  }
  for (const host of ['localhost.example', '10.0.0.1', 'evil-localhost']) {
    t.equal((await send('DELETE /change', { host, origin: `http://${host}` })).status, 403, host)
  }
})

t.test('Only a trusted proxy can name the host that the browser called', async (t) => {
  const headers = { host: 'backend:3000', 'x-forwarded-host': host, origin: own }
  t.equal((await send('DELETE /change', headers, proxied)).status, 200)
  t.equal((await send('DELETE /change', headers)).status, 403)
})

t.test('A second token is refused, whichever of the two is valid', async (t) => {
  const trusted = { 'sec-fetch-site': 'same-origin' }
  const cookie = `__Host-epistle=${token}`
  for (const bearer of [token, ended, 'x']) {
    const headers = { ...trusted, authorization: `Bearer ${bearer}` }
    for (const value of [token, ended, '']) {
      const answer = await send('GET /me', headers, app, `__Host-epistle=${value}`)
      t.same([answer.status, answer.code], [400, 'ambiguous_credentials'], `${bearer}, ${value}`)
    }
  }
  for (const two of [
    `${cookie}; ${cookie}`,
    `${cookie};__Host-epistle=`,
    `a=b;${cookie} ;${cookie}`,
  ]) {
    const answer = await send('GET /me', trusted, app, two)
    t.same([answer.status, answer.code], [400, 'ambiguous_credentials'], two)
  }
  const basic = { ...trusted, authorization: 'Basic cHJveHk6cGFzcw==' }
  t.equal((await send('GET /me', basic)).status, 200, 'another scheme is no second token')
})

t.test('Only a cookie of exactly this name counts, among any others', async (t) => {
  const trusted = { 'sec-fetch-site': 'same-origin' }
  for (const cookie of [
    `a=b; __Host-epistle=${token}; c=d`,
    `a=b\t;\t __Host-epistle=${token};c=d`,
    `__Host-epistle=${token};x__Host-epistle=1`,
    `__host-epistle=1; __Host-epistle=${token}`,
  ]) {
    t.equal((await send('GET /me', trusted, app, cookie)).status, 200, cookie)
  }
  for (const cookie of [
    `epistle=${token}`,
    `__host-epistle=${token}`,
    `x__Host-epistle=${token}`,
    `a=__Host-epistle=${token}`,
    `__Host-epistle ${token}`,
    // Browsers check the prefix of no such cookie, so another host can have set it.
    ...['\u00a0', '\u000b', '\u000c', '\u0085'].flatMap((space) => [
      `${space}__Host-epistle=${token}`,
      `a=b; ${space}__Host-epistle=${token}`,
    ]),
    `__Host-epistle="${token}"`,
    `__Host-epistle=${token}A`,
    `__Host-epistle=${token} ; a=b`,
    `__Host-epistle=${ended}`,
    '__Host-epistle',
  ]) {
    const { status, headers } = await send('GET /me', trusted, app, cookie)
    t.equal(status, 401, cookie)
    t.equal(headers['www-authenticate'], 'Bearer realm="Epistle"', 'no bearer token was sent')
  }
})

t.test('The cookie is set and deleted with the attributes that its prefix requires', async (t) => {
  const { headers, text } = await send('POST /login', {})
  const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
  t.equal(headers['set-cookie'], `__Host-epistle=${token}; Max-Age=34560000; ${attributes}`)
  t.notOk(text.includes(token))
  const trusted = { 'sec-fetch-site': 'same-origin' }
  const left = await send('POST /logout', trusted)
  t.equal(left.headers['set-cookie'], `__Host-epistle=; Max-Age=0; ${attributes}`)
  const bearer = await send('POST /logout', { authorization: `Bearer ${token}` }, app, 'a=b')
  t.notOk(bearer.headers['set-cookie'], 'a client without the cookie gets none')
})
