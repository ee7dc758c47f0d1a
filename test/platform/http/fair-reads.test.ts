// Fair reads: which requests wait for each other, and that a request whose client has gone never runs.
import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import { goneSignal } from '../../../src/platform/http/client-gone.ts'
import { shareReads } from '../../../src/platform/http/fair-reads.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { until } from '../../support/until.ts'

const tokenOf = (user: string) => user.padEnd(43, 'A')
const users = new Map(['ada', 'bob'].map((user) => [hashToken(tokenOf(user)), user]))

/** The reads that have begun, as `user path`, each with a function that ends it. */
const begun: { readonly read: string; readonly end: () => void }[] = []

/** A server with these routes over a pool of so many connections. */
const servedBy = (poolSize: number) =>
  bareApp(
    t,
    (app) => {
      shareReads(app, poolSize)
      for (const [path, reads] of [
        ['/search', 'much'],
        ['/page', 'page'],
        ['/row', undefined],
        ['/at', (query: { at?: string }) => (query.at ? 'much' : undefined)],
      ] as const) {
        app.get(path, { config: { ...(reads && { reads }) } }, async ({ principal, url }) => {
          await new Promise<void>((end) => begun.push({ read: `${principal?.userId} ${url}`, end }))
          return { url }
        })
      }
    },
    {
      findSession: async (hash) => {
        const userId = users.get(hash)
        return userId
          ? { userId, sessionId: 's', expiresAt: new Date(Date.now() + 60_000) }
          : undefined
      },
    },
  )

// Two connections for reads of much, of which a user may use one.
const { app } = await servedBy(8)

const headersOf = (user: string) => ({ authorization: `Bearer ${tokenOf(user)}` })
const ask = (user: string, url: string, method: 'GET' | 'HEAD' = 'GET') =>
  app.inject({ url, method, headers: headersOf(user) })
/** The reads that run, once there are so many. */
async function running(count: number): Promise<string[]> {
  await until(`${count} reads run`, async () => begun.length === count)
  return begun.map(({ read }) => read)
}

/** Ends everything that runs, and what then begins, until nothing does. */
async function endAll(answers: readonly Promise<unknown>[]) {
  let isOver = false
  const over = Promise.all(answers).finally(() => {
    isOver = true
  })
  await until('all are answered', async () => {
    for (const { end } of begun.splice(0)) end()
    return isOver
  })
  await over
}

t.test('Searches of one user wait for each other, and delay nothing else', async (t) => {
  const searches = Array.from({ length: 20 }, () => ask('ada', '/search'))
  t.same(await running(1), ['ada /search'])
  const others = [
    ask('bob', '/at?at=1'),
    ask('ada', '/row'),
    ask('ada', '/at'),
    ask('ada', '/page'),
  ]
  const all = ['ada /at', 'ada /page', 'ada /row', 'ada /search', 'bob /at?at=1']
  t.same((await running(5)).sort(), all)
  await endAll([...searches, ...others])
})

t.test('A search of another user begins after one search, and not after all', async (t) => {
  const searches = Array.from({ length: 5 }, () => ask('ada', '/search'))
  t.same(await running(1), ['ada /search'])
  searches.push(ask('bob', '/search?q=1'), ask('bob', '/search?q=2'))
  t.same(await running(2), ['ada /search', 'bob /search?q=1'])
  begun.shift()?.end()
  t.same(await running(2), ['bob /search?q=1', 'ada /search'])
  await endAll(searches)
})

t.test('A user with too many waiting searches gets 429, and others do not', async (t) => {
  const searches = Array.from({ length: 22 }, () => ask('ada', '/search'))
  const refused = await Promise.race(searches)
  t.match(refused, { statusCode: 429, headers: { 'retry-after': '1' } })
  t.match(refused.headers, { 'ratelimit-policy': '"searches";q=21;qu="concurrent-requests"' })
  const other = ask('bob', '/search')
  t.same(await running(2), ['ada /search', 'bob /search'])
  await endAll([...searches, other])
  t.equal((await Promise.all(searches)).filter(({ statusCode }) => statusCode === 200).length, 21)
})

t.test('Reads leave one of two connections free', async (t) => {
  const small = (await servedBy(2)).app
  const reads = ['ada', 'bob'].flatMap((user) =>
    ['/search', '/page'].map((url) => small.inject({ url, headers: headersOf(user) })),
  )
  const row = small.inject({ url: '/row', headers: headersOf('bob') })
  const [first] = await running(2)
  t.same(await running(2), [first, 'bob /row'])
  await endAll([...reads, row])
})

t.test('HEAD takes one turn', async (t) => {
  const answer = ask('ada', '/search', 'HEAD')
  await endAll([answer])
  t.equal((await answer).statusCode, 200)
})

t.test('A request whose client has gone while it waited never runs', async (t) => {
  const url = `http://127.0.0.1:${await listen(app)}/search`
  const get = (query: string) => fetch(url + query, { headers: headersOf('ada') })
  const first = get('?1')
  t.same(await running(1), ['ada /search?1'])
  const arrived = once(app.server, 'request')
  const gone = request(`${url}?2`, { headers: headersOf('ada'), agent: false }).end()
  gone.on('error', () => undefined)
  const [{ socket }] = await arrived
  const closed = once(socket, 'close')
  gone.destroy()
  await closed
  const last = get('?3')
  begun.shift()?.end()
  t.same(await running(1), ['ada /search?3'])
  await endAll([first, last])
})

t.test(
  'A signal aborts when a client leaves before the end of its response, and not after it',
  async (t) => {
    const signals: AbortSignal[] = []
    const { app } = await bareApp(t, (app) => {
      app.get('/:how', { config: { open: true } }, async ({ url }, reply) => {
        signals.push(goneSignal(reply))
        if (url === '/wait') await once(reply.raw, 'close')
        return {}
      })
    })
    const base = `http://127.0.0.1:${await listen(app)}`
    const responded = once(app.server, 'request').then(([, response]) => once(response, 'close'))
    await (await fetch(`${base}/answer`)).text()
    await responded
    const arrived = once(app.server, 'request')
    const waiting = request(`${base}/wait`, { agent: false })
      .end()
      .on('error', () => undefined)
    const [, response] = await arrived
    const closed = once(response, 'close')
    waiting.destroy()
    await closed
    t.same(
      signals.map(({ aborted }) => aborted),
      [false, true],
    )
  },
)
