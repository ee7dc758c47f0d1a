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
  const { headers } = await closed.inject(preflight)
  t.notOk(headers['access-control-allow-origin'])
  t.equal(headers.allow, 'GET, HEAD, OPTIONS, PUT')
})

t.test('A configured origin can call the API and read the exposed headers', async (t) => {
  const { headers } = await opened.inject({ url: '/thing', headers: { origin } })
  t.equal(headers['access-control-allow-origin'], origin)
  t.equal(headers['access-control-allow-credentials'], 'true', 'with the session cookie')
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
  const requested = 'authorization, traceparent, tracestate, baggage, last-event-id, x-of-a-library'
  const headers = { ...preflight.headers, 'access-control-request-headers': requested }
  const allowed = await opened.inject({ ...preflight, headers })
  t.equal(allowed.statusCode, 204)
  t.match(allowed.headers['access-control-allow-methods'], 'PUT')
  const names = String(allowed.headers['access-control-allow-headers']).split(', ')
  for (const name of ['Authorization', ...requested.split(', ')]) t.ok(names.includes(name), name)
  const refused = await opened.inject({ method: 'PUT', url: '/thing', headers: { origin } })
  t.equal(refused.statusCode, 401)
  t.equal(refused.headers['access-control-allow-origin'], origin)
})

t.test('A script can read the response to every request that fails', async (t) => {
  const port = await listen(opened)
  const anyPort = await listen((await appFor(['*'])).app)
  const long = 'x'.repeat(20_000)
  for (const [status, line, header] of [
    [404, 'GET /nowhere HTTP/1.1', 'a'],
    [405, 'PATCH /thing HTTP/1.1', 'a'],
    [422, 'GET /%zz HTTP/1.1', 'a'],
    [400, 'GET /thing#part HTTP/1.1', 'a'],
    [400, 'GET http:///thing HTTP/1.1', 'a'],
    [400, 'GET /thing HTTP/1.1', 'a\0b'],
    [501, 'CONNECT a.example:443 HTTP/1.1', 'a'],
    [501, 'FETCH /thing HTTP/1.1', 'a'],
    [505, 'GET /thing HTTP/2.0', 'a'],
    [414, `GET /${long} HTTP/1.1`, 'a'],
    [431, 'GET /thing HTTP/1.1', long],
  ] as const) {
    const head = `${line}\r\nHost: x\r\nOrigin: ${origin}\r\nConnection: close\r\n`
    const answer = await exchange(port, `${head}X-Header: ${header}\r\n\r\n`)
    const text = `${status} ${line.slice(0, 40)}`
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), text)
    t.match(answer, new RegExp(`^access-control-allow-origin: ${origin}\r$`, 'im'), text)
    t.match(answer, /^access-control-expose-headers: .*retry-after/im, text)
    t.match(answer, /^vary: .*origin/im, text)
    t.match(answer, /^date: /im, text)
    const any = await exchange(anyPort, `${head}X-Header: ${header}\r\n\r\n`)
    t.match(any, /^access-control-allow-origin: \*\r$/im, text)
    t.match(answer, /^access-control-allow-credentials: true\r$/im, text)
    t.notMatch(any, /^access-control-allow-credentials/im, text)
    const other = await exchange(port, `${head.replace(origin, 'https://c.example')}\r\n`)
    t.notMatch(other, /^access-control-allow-origin:/im, text)
  }
})

t.test('A preflight of a malformed path is answered, so that its error can be read', async (t) => {
  const answer = await opened.inject({ ...preflight, url: '/%zz' })
  t.equal(answer.statusCode, 204)
  t.equal(answer.headers['access-control-allow-origin'], origin)
})

t.test('An origin that is not configured gets no permission', async (t) => {
  const headers = { ...preflight.headers, origin: 'https://evil.example' }
  const answer = await opened.inject({ ...preflight, headers })
  t.not(answer.headers['access-control-allow-origin'], 'https://evil.example')
})
