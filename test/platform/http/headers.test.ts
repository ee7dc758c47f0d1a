import t from 'tap'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { exchange } from '../../support/http/raw.ts'

const origin = 'https://app.example'
const preflight = {
  method: 'OPTIONS' as const,
  url: '/thing',
  headers: { origin, 'access-control-request-method': 'PUT' },
}

const appFor = (corsOrigins: readonly string[]) =>
  bareApp(
    t,
    (app) => {
      app.put('/thing', async () => 'never')
      app.get('/thing', { config: { open: true } }, async () => 'thing')
    },
    { corsOrigins },
  )

const closed = (await appFor([])).app
const opened = (await appFor([origin, 'https://b.example'])).app

t.test(
  'Every response has headers against storing, framing, sniffing and executing it',
  async (t) => {
    for (const url of ['/thing', '/nowhere', '/%zz']) {
      const { headers } = await closed.inject(url)
      t.match(
        headers,
        {
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'strict-transport-security': /^max-age=\d{8}; includeSubDomains$/,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        },
        url,
      )
    }
  },
)

t.test('A response to bytes that are not a request has the same headers', async (t) => {
  const answer = await exchange(await listen(closed), 'nonsense\r\n\r\n')
  const lines = answer.slice(0, answer.indexOf('\r\n\r\n')).split('\r\n').slice(1)
  const sent = new Map(lines.map((line) => line.toLowerCase().split(': ') as [string, string]))
  const { headers } = await closed.inject('/nowhere')
  const shared = ['cache-control', 'content-type', 'referrer-policy', 'x-content-type-options']
  for (const name of [...shared, 'content-security-policy', 'strict-transport-security']) {
    t.equal(sent.get(name), String(headers[name]).toLowerCase(), name)
  }
  t.match(sent.get('x-request-id'), /^[0-9a-f-]{36}$/)
})

t.test('CORS is off without configured origins', async (t) => {
  const answer = await closed.inject({ url: '/thing', headers: { origin } })
  t.notOk(answer.headers['access-control-allow-origin'])
  t.equal((await closed.inject(preflight)).statusCode, 405)
})

t.test('A configured origin can call the API and read the exposed headers', async (t) => {
  const { headers } = await opened.inject({ url: '/thing', headers: { origin } })
  t.equal(headers['access-control-allow-origin'], origin)
  t.match(headers.vary, 'Origin')
  const exposed = String(headers['access-control-expose-headers']).split(', ')
  for (const name of [
    'Location',
    'ETag',
    'Epistle-Position',
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
  ]) {
    t.ok(exposed.includes(name), name)
  }
})

t.test('A preflight needs no token, and scripts can read an error response', async (t) => {
  const allowed = await opened.inject(preflight)
  t.equal(allowed.statusCode, 204)
  t.match(allowed.headers['access-control-allow-methods'], 'PUT')
  t.match(allowed.headers['access-control-allow-headers'], 'Authorization')
  const refused = await opened.inject({ method: 'PUT', url: '/thing', headers: { origin } })
  t.equal(refused.statusCode, 401)
  t.equal(refused.headers['access-control-allow-origin'], origin)
})

t.test('An origin that is not configured gets no permission', async (t) => {
  const headers = { ...preflight.headers, origin: 'https://evil.example' }
  const answer = await opened.inject({ ...preflight, headers })
  t.not(answer.headers['access-control-allow-origin'], 'https://evil.example')
})
