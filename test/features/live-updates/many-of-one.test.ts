// Many streams of one account or network: the excess is rejected, and others are admitted, who take the place
// of those with the most.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import { served } from '../../support/http/served.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { until } from '../../support/until.ts'

const { server, arrive, databaseUrl, log } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

/** Room for sixteen streams, four of a network. */
const settings = { PORT: '0', MAX_CONNECTIONS: '20', TRUST_PROXY: '127.0.0.1', RATE_LIMITS: 'off' }
const small = await serve({ config: loadConfig(settings), databaseUrl, log })
t.teardown(() => small.close())

t.test('A user who requests sixty streams at once gets fifty', async (t) => {
  const requests = Array.from({ length: 60 }, () => follow(t, server.url, ada.token))
  const readers = await Promise.all(requests)
  const answered = Map.groupBy(readers, ({ response }) => response.status)
  t.strictSame([answered.get(200)?.length, answered.get(429)?.length], [50, 10])

  const [refused] = answered.get(429) ?? []
  t.match(Object.fromEntries(refused?.response.headers ?? []), {
    'retry-after': /^\d+$/,
    ratelimit: '"streams";r=0',
    'ratelimit-policy': '"streams";q=50;qu="concurrent-requests"',
  })
  const another = await follow(t, server.url, bob.token)
  t.equal(another.response.status, 200, 'other users are admitted')

  answered.get(200)?.[0]?.leave()
  await until('a closed stream makes room', async () => {
    const { response } = await follow(t, server.url, ada.token)
    return response.status === 200
  })
  t.equal(
    (await follow(t, server.url, ada.token)).response.status,
    429,
    'one closed stream makes room for one',
  )
})

/** Opens a stream as a client of this address. */
async function from(address: string, { token }: { token: string }, after?: string) {
  const reader = await follow(t, small.url, token, after, { 'x-forwarded-for': address })
  return { ...reader, status: reader.response.status }
}

/** Opens streams one after the other, so their age is known. */
async function several(count: number, address: (n: number) => string, user: { token: string }) {
  const readers = []
  for (let n = 0; n < count; n += 1) readers.push(await from(address(n), user))
  return readers
}

const network = (n: number) => `2001:db8::${n}`
/** Four streams of ada, the oldest first. */
const ofAda: Awaited<ReturnType<typeof from>>[] = []

t.test('A network has a quarter of all streams, and its users share it', async (t) => {
  ofAda.push(...(await several(4, network, ada)))
  const refused = await from(network(5), ada)
  t.equal(refused.status, 429)
  t.match(refused.response.headers.get('ratelimit-policy'), ';q=4;qu="concurrent-requests"')

  const ofBob = await several(2, network, bob)
  t.strictSame(
    ofBob.map(({ status }) => status),
    [200, 200],
  )
  for (const reader of ofAda.slice(0, 2)) t.equal(await reader.ended, true, 'the oldest of ada')
  t.equal((await from(network(6), bob)).status, 429, 'both have two')
})

t.test('A full server ends the oldest stream of the network with the most', async (t) => {
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) await several(4, () => address, bob)
  const oldest = ofAda[2]
  const newcomer = await from('10.0.0.9', bob)
  t.equal(newcomer.status, 200)
  t.equal(await oldest?.ended, true, 'in order')
  const last = oldest?.frames.at(-1)
  t.match(last, { id: '', event: 'ended', data: { detail: /no room for more streams/ } })

  const { id = '' } = oldest?.frames[0] ?? {}
  await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'missed' } })
  t.equal((await from(network(1), ada, id)).status, 503, 'no other network has two more')
  newcomer.leave()
  await until('there is room again', async () => {
    const back = await from(network(1), ada, id)
    if (back.status !== 200) return false
    await back.until(({ data }) => data.content === 'missed')
    return true
  })
  const more = await several(4, () => '10.0.0.8', bob)
  t.strictSame(
    more.map(({ status }) => status),
    [200, 200, 200, 503],
    'a network without streams gets as many as the others',
  )
})
