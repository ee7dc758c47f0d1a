// Requests of the client in Node, against a real server: retries, keys, positions, and a token that changes.
import t from 'tap'
import { createEpistleClient, type EpistleClientOptions } from '../../openapi/client.ts'
import { password, served } from '../support/http/served.ts'

const { server, arrive } = await served(t)
const baseUrl = server.url

type Fetch = NonNullable<EpistleClientOptions['fetch']>

/** A client that records its requests; `answer` can replace or lose the response of each. */
function recorded(
  options: Partial<EpistleClientOptions>,
  answer: (response: Response, n: number) => Response | Promise<Response> = (response) => response,
) {
  const requests: Request[] = []
  const record: Fetch = async (request) => {
    const n = requests.push(request)
    return answer(await fetch(request), n)
  }
  return { requests, epistle: createEpistleClient({ baseUrl, fetch: record, ...options }) }
}

const refusal = (status: number, headers: Record<string, string> = {}) =>
  Response.json({ code: 'overloaded', title: 'Later', status, type: '/' }, { status, headers })

function lose(): never {
  throw new TypeError('the connection is lost')
}

t.test(
  'A request with a generated key runs once, however often its response is lost',
  async (t) => {
    const { token, user } = await arrive('ada')
    const { requests, epistle } = recorded({ token, idempotencyKeys: true }, (response, n) =>
      n === 1 ? lose() : n === 2 ? refusal(503, { 'Retry-After': '0' }) : response,
    )
    const { data } = await epistle.POST('/messages', { body: { to: user.id, content: 'once' } })
    t.equal(requests.length, 3)
    const keys = requests.map(({ headers }) => headers.get('Idempotency-Key'))
    t.match(keys[0], /^[0-9a-f]{32}$/)
    t.equal(new Set(keys).size, 1, 'each try has the same key')
    const query = { box: 'inbox' } as const
    const { data: inbox } = await epistle.GET('/messages', { params: { query } })
    const once = inbox?.items.filter(({ content }) => content === 'once')
    t.strictSame(
      once?.map(({ id }) => id),
      [data?.id],
    )
    await epistle.POST('/messages', { body: { to: user.id, content: 'another' } })
    t.not(
      requests.at(-1)?.headers.get('Idempotency-Key'),
      keys[0],
      'each call has a key of its own',
    )
  },
)

t.test('A request that may have run is not sent again without a key', async (t) => {
  const { token, user } = await arrive('bob')
  const { requests, epistle } = recorded({ token }, () => refusal(503, { 'Retry-After': '0' }))
  const { error } = await epistle.POST('/messages', { body: { to: user.id, content: 'Hello' } })
  t.equal(error?.code, 'overloaded')
  t.equal(requests.length, 1)
  const keyed = recorded({ token, idempotencyKeys: true }, lose)
  const body = { email: 'bob@example.org', password }
  await t.rejects(keyed.epistle.POST('/sessions', { body }), TypeError)
  t.equal(keyed.requests.length, 1, 'an operation that takes no key gets none')
  t.notOk(keyed.requests[0]?.headers.has('Idempotency-Key'))
})

t.test('Reads are retried a bounded number of times, and only after a short wait', async (t) => {
  const { token } = await arrive('cid')
  const again = recorded({ token, retries: 2 }, () => refusal(429, { 'Retry-After': '0' }))
  t.equal((await again.epistle.GET('/users/me')).response.status, 429)
  t.equal(again.requests.length, 3)
  const later = recorded({ token }, () => refusal(429, { 'Retry-After': '3600' }))
  t.equal((await later.epistle.GET('/users/me')).response.status, 429)
  t.equal(later.requests.length, 1, 'an hour is too long to wait')
  const date = new Date(Date.now() + 3_600_000).toUTCString()
  const dated = recorded({ token }, () => refusal(503, { 'Retry-After': date }))
  t.equal((await dated.epistle.GET('/users/me')).response.status, 503)
  t.equal(dated.requests.length, 1, 'a date is understood, too')
})

t.test(
  'The number of retries can depend on the request, and a proxy without a server is retried',
  async (t) => {
    const { token } = await arrive('kim')
    const retries = ({ url }: Request) => (url.endsWith('/users/me') ? Number.POSITIVE_INFINITY : 0)
    const statuses = [502, 503, 504, 429, 503]
    const { requests, epistle } = recorded({ token, retries }, (response, n) => {
      const status = statuses[n - 1]
      return status ? refusal(status, { 'Retry-After': '0' }) : response
    })
    t.equal((await epistle.GET('/users/me')).response.status, 200)
    t.equal(requests.length, 6)
    const other = recorded({ token, retries }, () => refusal(503, { 'Retry-After': '0' }))
    t.equal((await other.epistle.GET('/sessions')).response.status, 503)
    t.equal(other.requests.length, 1)
  },
)

t.test('Aborting a request ends its wait', async (t) => {
  const stop = new AbortController()
  const { requests, epistle } = recorded({}, () => {
    setImmediate(() => stop.abort(new Error('stopped')))
    return refusal(503, { 'Retry-After': '29' })
  })
  await t.rejects(epistle.GET('/users/me', { signal: stop.signal }), { message: 'stopped' })
  t.equal(requests.length, 1)
})

t.test('Token and cookie can change, and never go together', async (t) => {
  const { token, user } = await arrive('dan')
  const { requests, epistle } = recorded({})
  t.equal((await epistle.GET('/users/me')).response.status, 401)
  epistle.authenticate({ token })
  t.equal((await epistle.GET('/users/me')).data?.id, user.id)
  epistle.authenticate({ cookie: true })
  await epistle.GET('/users/me')
  epistle.authenticate({})
  await epistle.GET('/users/me')
  const sent = requests.map((each) => [each.headers.get('Authorization'), each.credentials])
  t.strictSame(sent, [
    [null, 'omit'],
    [`Bearer ${token}`, 'omit'],
    [null, 'include'],
    [null, 'omit'],
  ])
})

t.test('The client remembers the greatest position, and sends it with reads', async (t) => {
  const { token, user } = await arrive('eve')
  const shown = ['9', '10', '8']
  const { requests, epistle } = recorded({ token }, (response, n) => {
    const headers = new Headers(response.headers)
    headers.set('Epistle-Position', shown[n - 1] ?? '')
    return new Response(response.body, { status: response.status, headers })
  })
  t.equal(epistle.position(), undefined)
  for (const position of ['9', '10', '10']) {
    await epistle.GET('/users/me')
    t.equal(epistle.position(), position)
  }
  await epistle.POST('/messages', { body: { to: user.id, content: 'Hello' } })
  const sent = requests.map(({ headers }) => headers.get('Epistle-Position'))
  t.strictSame(sent, [null, '9', '10', null])
})

t.test('The client forgets a position that a restored database does not have', async (t) => {
  const { token } = await arrive('finn')
  const { epistle } = recorded({ token }, (response, n) => {
    if (n !== 1) return response
    const headers = new Headers(response.headers)
    headers.set('Epistle-Position', '999999')
    return new Response(response.body, { status: response.status, headers })
  })
  await epistle.GET('/users/me')
  const { error } = await epistle.GET('/users/me')
  t.match(error, { code: 'position_unknown', status: 412 })
  t.equal(epistle.position(), undefined)
  t.equal((await epistle.GET('/users/me')).data?.username, 'finn')
})
