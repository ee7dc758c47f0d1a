// GET /events: the events of the stream as a list, which a request can wait for.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { readPage } from '../../../src/features/live-updates/missed-events.ts'
import { serve } from '../../../src/serve.ts'
import { password, served } from '../../support/http/served.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { until } from '../../support/until.ts'

const { server, another, arrive, client, owner, databaseUrl, log } = await served(t)
const secondUrl = await another()
const [ada, bob] = [await arrive('ada'), await arrive('bob')]
type Person = typeof ada

const say = async (from: Person, to: Person, content: string) => {
  const { data, response } = await from.client.POST('/messages', {
    body: { to: to.user.id, content },
  })
  return { id: data?.id ?? '', position: response.headers.get('epistle-position') ?? '' }
}
const read = (by: Person, other: Person, upTo: string) =>
  by.client.PUT('/conversations/{userId}/read', {
    params: { path: { userId: other.user.id } },
    body: { upTo },
  })
const eventsOver = async (over: Person['client'], query: Record<string, number | string> = {}) =>
  over.GET('/events', { params: { query } })
const list = async ({ client }: { client: Person['client'] }, query = {}) => {
  const { data, response } = await eventsOver(client, query)
  if (!data) throw new Error(`expected events, got ${response.status}`)
  return data
}
/** Waits from a position on, once the server has begun to wait. */
async function wait(over: Person['client'], after: string, seconds = 30) {
  await until('no other request waits', async () => (await waiting()) === 0)
  const answer = eventsOver(over, { after, wait: seconds })
  await until('the request waits', async () => (await waiting()) === 1)
  return { answer }
}
/** How many servers follow the log: one that no request waits for has no such connection. */
async function waiting(): Promise<number> {
  const sql = `select from pg_stat_activity
    where datname = current_database() and application_name like '%following epistle_log'`
  return (await owner.query(sql)).rowCount ?? 0
}

t.test('A client that lists events again and again receives those of the stream', async (t) => {
  const { items, position: start } = await list(ada)
  t.strictSame(items, [])
  const { id } = await say(ada, bob, 'one')
  await say(ada, ada, 'two')
  await read(bob, ada, id)
  await ada.client.PATCH('/messages/{id}', { params: { path: { id } }, body: { content: '1' } })
  await ada.client.DELETE('/messages/{id}', { params: { path: { id } } })
  for (const person of [ada, bob]) {
    const collected = []
    let position = start
    for (let more = true; more; ) {
      const page = await list(person, { after: position, limit: 2 })
      more = page.items.length > 0
      collected.push(...page.items)
      position = page.position
    }
    const stream = await follow(t, secondUrl, person.token, start)
    await stream.until(({ event }) => event === 'message_deleted')
    t.strictSame(collected, stream.frames)
    t.equal(collected.length, person === ada ? 5 : 4)
    t.strictSame(await list(person, { after: position }), { items: [], position })
  }
})

t.test('A waiting request is answered at the next event, from any server', async (t) => {
  const { position } = await list(ada)
  const here = await wait(ada.client, position)
  const other = eventsOver(client(ada.token, secondUrl), { after: position, wait: 30 })
  const sent = await say(bob, ada, 'at last')
  for (const answer of [here.answer, other]) {
    const { data, response } = await answer
    t.match(data, { items: [{ id: sent.position, data: { content: 'at last' } }] })
    t.equal(response.headers.get('epistle-position'), data?.position)
  }
  t.match(await list(ada, { after: position, wait: 30 }), { items: [{ id: sent.position }] })
})

t.test(
  'A request that waits for nothing gets an empty list and the current position',
  async (t) => {
    const { position } = await list(ada)
    const { answer } = await wait(ada.client, position, 1)
    const { position: later } = await say(bob, bob, 'not for Ada')
    t.match((await answer).data, { items: [], position: later })
  },
)

t.test(
  'A page that shows events recorded after its request began is not shown again',
  async (t) => {
    const { position } = await list(ada)
    const { position: last } = await say(bob, ada, 'meanwhile')
    const pageOf = { userId: ada.user.id, after: BigInt(position), reached: BigInt(position) }
    const page = await readPage(owner, pageOf)
    t.match(page.events, [{ id: BigInt(last) }])
    t.equal(page.position, BigInt(last))
  },
)

t.test('A waiting request holds no connection of the pool', async (t) => {
  const config = loadConfig({ PORT: '0', DATABASE_POOL_SIZE: '1', RATE_LIMITS: 'off' })
  const small = await serve({ config, databaseUrl, log })
  t.teardown(() => small.close())
  const over = client(ada.token, small.url)
  const { position } = await list(ada)
  const answers = [1, 2, 3].map(() => eventsOver(over, { after: position, wait: 30 }))
  await until('they wait', async () => (await waiting()) > 0)
  const { response } = await over.GET('/conversations')
  t.equal(response.status, 200)
  await say(ada, ada, 'enough')
  for (const answer of answers) t.match((await answer).data, { items: [{}] })
})

t.test('A waiting request ends with its session', async (t) => {
  const { data } = await client().POST('/sessions', { body: { email: ada.email, password } })
  const { position } = await list(ada)
  const { answer } = await wait(client(data?.token), position)
  await ada.client.DELETE('/sessions/{id}', { params: { path: { id: data?.id ?? '' } } })
  const { error, response } = await answer
  t.equal(response.status, 401)
  t.match(error, { code: 'unauthenticated' })
})

t.test('A stopping server answers waiting requests at once', async (t) => {
  const config = loadConfig({ PORT: '0', SHUTDOWN_SECONDS: '600', RATE_LIMITS: 'off' })
  const own = await serve({ config, databaseUrl, log })
  const { position } = await list(ada)
  const { answer } = await wait(client(ada.token, own.url), position)
  await own.close()
  const { data, response } = await answer
  t.match(data, { items: [], position })
  t.equal(response.headers.get('connection'), 'close')
})

t.test(
  'Waiting requests have the limits of streams, and leave when their clients do',
  async (t) => {
    const { position } = await list(ada)
    const stop = new AbortController()
    const ask = () =>
      fetch(`${server.url}/events?after=${position}&wait=30`, {
        headers: { authorization: `Bearer ${ada.token}` },
        signal: stop.signal,
      })
    const asked = Array.from({ length: 51 }, () => ask())
    const refused = await Promise.race(asked)
    t.equal(refused.status, 429)
    t.equal(refused.headers.get('ratelimit-policy'), '"streams";q=50;qu="concurrent-requests"')
    const { response } = await follow(t, server.url, ada.token)
    t.equal(response.status, 429, 'a stream has no place either')
    stop.abort()
    await Promise.allSettled(asked)
    await until('they have left', async () => (await waiting()) === 0)
  },
)

t.test('A waiting request gives way to a user of its network who has fewer', async (t) => {
  const settings = {
    PORT: '0',
    MAX_CONNECTIONS: '10',
    TRUST_PROXY: '127.0.0.1',
    RATE_LIMITS: 'off',
  }
  const small = await serve({ config: loadConfig(settings), databaseUrl, log })
  t.teardown(() => small.close())
  const { position } = await list(ada)
  const stop = new AbortController()
  const ask = ({ token }: Person) =>
    fetch(`${small.url}/events?after=${position}&wait=30`, {
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': '10.0.0.1' },
      signal: stop.signal,
    })
  // A network has two places.
  const ofAda = [1, 2, 3].map(async (n) => ({ n, response: await ask(ada) }))
  const { n: third, response } = await Promise.race(ofAda)
  t.equal(response.status, 429)
  const ofBob = ask(bob).catch(() => undefined)
  const { response: displaced } = await Promise.race(ofAda.filter((_, n) => n + 1 !== third))
  t.equal(displaced.status, 503)
  t.ok(displaced.headers.has('retry-after'))
  t.match(await displaced.json(), { code: 'overloaded' })
  stop.abort()
  await Promise.allSettled([...ofAda, ofBob])
})

t.test('An invalid position, limit or time to wait is rejected', async (t) => {
  for (const [name, bad] of [
    ['after', 'x'],
    ['after', '9'.repeat(20)],
    ['limit', '0'],
    ['limit', '101'],
    ['wait', '31'],
    ['wait', '-1'],
  ] as const) {
    const query = { after: '0', [name]: bad }
    const { error, response } = await eventsOver(ada.client, query)
    t.equal(response.status, 422, `${name} ${bad}`)
    t.match(error, { errors: [{ parameter: name }] })
  }
})
