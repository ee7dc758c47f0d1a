import { once } from 'node:events'
import t from 'tap'
import { z } from 'zod'
import { type ProblemCode, problems } from '../../../../src/platform/http/problems/catalogue.ts'
import { Problem } from '../../../../src/platform/http/problems/problem.ts'
import { uuid } from '../../../../src/platform/http/strings.ts'
import { bareApp, listen } from '../../../support/http/bare-app.ts'
import { exchange } from '../../../support/http/raw.ts'

const open = { config: { open: true } }
const { app, lines } = await bareApp(
  t,
  (app) => {
    const params = z.strictObject({ id: uuid })
    app.get('/users/me', async () => 'me')
    app.get('/users/:id', { ...open, schema: { params } }, async () => 'a user')
    app.post('/users', open, async () => 'new')
    app.get('/fault', open, async () => {
      throw new Error('the wiring is loose')
    })
    app.get('/files/*', open, async (_request, reply) => reply.callNotFound())
    app.get('/away', open, async () => {
      throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    })
    app.get(
      '/short',
      { ...open, schema: { response: { 200: z.strictObject({ name: z.string() }) } } },
      async () => ({}) as never,
    )
    const filters = z.strictObject({ box: z.enum(['in', 'out']).optional() })
    app.get('/list', { ...open, schema: { querystring: filters } }, async () => 'list')
  },
  { level: 'info' },
)
const port = await listen(app)

t.test('A failure is a problem, and its type is the path of its page', async (t) => {
  const answer = await app.inject('/nowhere')
  t.equal(answer.statusCode, 404)
  t.equal(answer.headers['content-type'], 'application/problem+json')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.match(answer.json(), {
    type: '/problems/not_found',
    status: 404,
    code: 'not_found',
    title: / /,
  })
})

t.test('An unsupported method is 405, and Allow lists the supported ones', async (t) => {
  const allowed = async (method: string, url: string) => {
    const raw = `${method} ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    const answer = await exchange(port, raw)
    t.match(answer, /^HTTP\/1.1 405/, `${method} ${url}`)
    return answer.match(/^allow: (.*)\r$/im)?.[1]
  }
  const reading = 'GET, HEAD, OPTIONS'
  t.equal(await allowed('DELETE', '/users/me'), reading)
  t.equal(await allowed('GET', '/users?x=1'), 'OPTIONS, POST')
  t.equal(await allowed('PROPFIND', '/users/019a0000-0000-7000-8000-000000000001'), reading)
  t.equal(await allowed('TRACE', '/fault'), reading)
  t.equal(await allowed('QUERY', '/users'), 'OPTIONS, POST')
  t.equal(await allowed('QUERY', '/users/me'), reading)
})

t.test('OPTIONS lists the methods of a path', async (t) => {
  const options = (url: string) => app.inject({ method: 'OPTIONS', url })
  const { statusCode, headers, payload } = await options('/users')
  t.match(
    { statusCode, payload, allow: headers.allow },
    { statusCode: 204, allow: 'OPTIONS, POST' },
  )
  t.equal((await options('/nowhere')).statusCode, 404)
})

t.test('A path that ends where its id would be is not_found, with every method', async (t) => {
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE'] as const) {
    const answer = await app.inject({ method, url: '/users/' })
    t.equal(answer.statusCode, 404, method)
  }
  t.match((await app.inject('/users/?x=1')).json(), { code: 'not_found' })
  t.match((await app.inject('/users/me/')).json(), { code: 'not_found' })
})

t.test('Every problem is sent with the headers that its status requires', async (t) => {
  const { app } = await bareApp(t, (app) => {
    for (const method of ['GET', 'POST', 'PATCH'] as const) {
      app.route({
        ...open,
        method,
        url: '/:code',
        handler: async (request) => {
          throw new Problem((request.params as { code: ProblemCode }).code)
        },
      })
    }
  })
  const json = 'application/json'
  const required: Record<number, Record<string, string | RegExp>> = {
    401: { 'www-authenticate': /^Bearer [a-z]+=/ },
    405: { allow: 'GET, HEAD, OPTIONS, PATCH, POST' },
    415: { accept: json },
    429: { 'retry-after': /^[1-9]\d*$/ },
    503: { 'retry-after': /^[1-9]\d*$/ },
  }
  for (const [code, { status }] of Object.entries(problems)) {
    const { headers, statusCode } = await app.inject(`/${code}`)
    t.equal(statusCode, status, code)
    t.match(headers, required[status] ?? {}, code)
    const others = Object.values(required).flatMap(Object.keys)
    const none = others.filter((name) => !(name in (required[status] ?? {})))
    t.same(
      none.filter((name) => name in headers),
      [],
      `${code} has no header of another status`,
    )
  }
  const url = '/unsupported_media_type'
  t.equal((await app.inject({ method: 'POST', url })).headers['accept-post'], json)
  t.equal((await app.inject({ method: 'PATCH', url })).headers['accept-patch'], json)
})

t.test('A route that finds nothing itself responds not_found', async (t) => {
  t.match((await app.inject('/files/none')).json(), { code: 'not_found' })
})

t.test('An unknown expectation is ignored', async (t) => {
  const raw = 'GET /list HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n'
  t.match(await exchange(port, raw), /^HTTP\/1.1 200/)
})

t.test('A path that cannot be decoded is validation_failed, with all headers', async (t) => {
  for (const url of ['/users/%zz', '/users/%ff', '/list?box=%ff', '/list?%e0%a4=1']) {
    const answer = await app.inject(url)
    t.match(answer.json(), { code: 'validation_failed', errors: [{ parameter: /./ }] }, url)
    t.equal(answer.headers['x-content-type-options'], 'nosniff')
    t.ok(answer.headers['x-request-id'])
  }
})

t.test('Validation errors of parameters contain their names', async (t) => {
  const errors = async (url: string) => (await app.inject(url)).json().errors
  t.match(await errors('/users/7'), [{ parameter: 'id', message: 'expected a UUID' }])
  t.match(await errors(`/users/${'a'.repeat(5000)}`), [{ parameter: 'id' }])
  t.match(await errors('/list?box=in&box=out'), [
    { parameter: 'box', message: 'expected only one value' },
  ])
  t.match(await errors('/list?bax=1&box=on&__proto__=2'), [
    { parameter: 'box' },
    { parameter: 'bax', message: 'unknown parameter' },
    { parameter: '__proto__' },
  ])
})

t.test('A server fault is internal: its details are in the log only', async (t) => {
  const answer = await app.inject('/fault')
  t.equal(answer.statusCode, 500)
  t.same(Object.keys(answer.json()).sort(), ['code', 'status', 'title', 'type'])
  t.ok(lines.some((line) => line.includes('the wiring is loose')))
})

t.test('A response that does not match its schema is internal', async (t) => {
  t.match((await app.inject('/short')).json(), { code: 'internal' })
})

t.test('A lost database is unavailable, with Retry-After', async (t) => {
  const answer = await app.inject('/away')
  t.match(answer.json(), { code: 'unavailable', status: 503 })
  t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
})

t.test('Bytes that are not HTTP are malformed_request', async (t) => {
  const requests = [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
    'GET /users/me HTTP/1.1\r\nConnection: close\r\n\r\n',
  ]
  for (const request of requests) {
    const answer = await exchange(port, request)
    t.match(answer, /^HTTP\/1.1 400 Bad Request\r\n/)
    t.match(answer, /^content-type: application\/problem\+json\r$/im)
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
    t.match(JSON.parse(body), { code: 'malformed_request', status: 400 })
  }
})

t.test('A request that takes too long to arrive is rejected soon after its timeout', async (t) => {
  // With a timeout of 1 ms, the rest is the interval at which the server checks.
  const { headersTimeout, requestTimeout } = app.server
  Object.assign(app.server, { headersTimeout: 1, requestTimeout: 1 })
  t.teardown(() => Object.assign(app.server, { headersTimeout, requestTimeout }))
  const late = AbortSignal.timeout(15_000)
  const answer = await Promise.race([
    exchange(port, 'GET /list HTTP/1.1\r\nHost: x\r\n'),
    once(late, 'abort').then(() => 'nothing for 15 s'),
  ])
  t.match(answer, /^HTTP\/1.1 408/)
  t.match(answer, 'The request took too long to arrive')
})
