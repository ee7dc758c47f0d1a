// One account that opens many streams at once: the excess is rejected, while other users are admitted.
import t from 'tap'
import { served } from '../../support/http/served.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { until } from '../../support/until.ts'

const { server, arrive } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

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
