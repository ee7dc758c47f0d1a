// A thousand streams on one server: each client receives its own events, over one connection to the
// database, and the server keeps none of them in memory.
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

/** Memory that this process, clients and server, still uses, MiB. */
async function held(): Promise<number> {
  // One collection runs finalizers, and the next one frees their objects.
  for (let n = 0; n < 3; n += 1) {
    collectGarbage()
    await pause(20)
  }
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

t.test('A thousand streams receive every message once, and memory stays flat', async (t) => {
  const received = new Map<string, number>()
  let foreign = 0
  const listeners = await listenAs(server.url, people, ({ id }, message) => {
    const { from, to } = JSON.parse(message)
    if (from !== id && to !== id) foreign += 1
    received.set(id, (received.get(id) ?? 0) + 1)
  })
  t.teardown(async () => listeners.leave())
  const sender = people[0]
  let rounds = 0
  /** Sends a message to each user, in batches. */
  const sendToAll = async () => {
    for (let n = 0; n < listening; n += 100) {
      const messages = idsOf.slice(n, n + 100).map((to) => ({ to, content: 'x'.repeat(5_000) }))
      const { response } = await client(sender?.token).POST('/messages/batch', {
        body: { messages },
      })
      if (response.status !== 201)
        throw new Error(`expected 201 for a batch, got ${response.status}`)
    }
    rounds += 1
    const all = () => people.every(({ id }) => (received.get(id) ?? 0) >= rounds)
    await until(
      'all messages are received',
      async () => all() && received.get(idsOf[0] ?? '') === listening * rounds,
    )
  }
  await sendToAll()
  const before = await held()
  for (let n = 0; n < 2; n += 1) await sendToAll()
  const grown = (await held()) - before
  t.equal(foreign, 0, 'no stream contains messages of other users')
  t.ok(
    idsOf.slice(1).every((id) => received.get(id) === rounds),
    'each recipient gets each message once',
  )
  // If the server kept the messages, it would be 28 MiB.
  t.ok(grown < 5, `no message is kept after it is sent: ${grown.toFixed(1)} MiB more than before`)
})

t.test('A server with a thousand streams follows the log over one connection', async (t) => {
  const { rowCount } = await owner.query(
    `select from pg_stat_activity
     where datname = current_database() and application_name like '%following epistle_log'`,
  )
  t.equal(rowCount, 1)
})
