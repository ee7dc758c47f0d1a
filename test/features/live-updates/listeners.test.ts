// A thousand who listen to one server: each is told what is his, over one connection to the
// database, and nothing of it is kept in memory.
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { listenAs } from '../../bench/listeners.ts'
import { settle } from '../../bench/people.ts'
import { served } from '../../support/http/served.ts'
import { until } from '../../support/until.ts'

const listening = 1_000
const { server, owner, client } = await served(t, { LOG_LEVEL: 'silent' })
const people = await settle(owner, listening)
const idsOf = people.map(({ id }) => id)

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What this process, clients and server, still holds, MiB. */
async function held(): Promise<number> {
  // What one collection finds to be finished, the next one takes away.
  for (let n = 0; n < 3; n += 1) {
    collectGarbage()
    await pause(20)
  }
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

t.test('a thousand are told every message once, and memory stays flat', async (t) => {
  const told = new Map<string, number>()
  let wrong = 0
  const listeners = await listenAs(server.url, people, ({ id }, message) => {
    const { from, to } = JSON.parse(message)
    if (from !== id && to !== id) wrong += 1
    told.set(id, (told.get(id) ?? 0) + 1)
  })
  t.teardown(async () => listeners.leave())
  const sender = people[0]
  let rounds = 0
  /** A message to each, in batches. */
  const sendToAll = async () => {
    for (let n = 0; n < listening; n += 100) {
      const messages = idsOf.slice(n, n + 100).map((to) => ({ to, content: 'x'.repeat(5_000) }))
      const { response } = await client(sender?.token).POST('/messages/batch', {
        body: { messages },
      })
      if (response.status !== 201) throw new Error(`a batch was answered ${response.status}`)
    }
    rounds += 1
    const all = () => people.every(({ id }) => (told.get(id) ?? 0) >= rounds)
    await until(
      'everybody is told',
      async () => all() && told.get(idsOf[0] ?? '') === listening * rounds,
    )
  }
  await sendToAll()
  const before = await held()
  for (let n = 0; n < 2; n += 1) await sendToAll()
  const grown = (await held()) - before
  t.equal(wrong, 0, 'nobody is told what is none of his business')
  t.ok(
    idsOf.slice(1).every((id) => told.get(id) === rounds),
    'and everybody of each message once',
  )
  // Kept, they would be 28 MiB.
  t.ok(grown < 5, `nothing that was told is kept: ${grown.toFixed(1)} MiB more than before`)
})

t.test('however many listen, one connection follows the log', async (t) => {
  const { rowCount } = await owner.query(
    `select from pg_stat_activity
     where datname = current_database() and application_name like '%following epistle_log'`,
  )
  t.equal(rowCount, 1)
})
