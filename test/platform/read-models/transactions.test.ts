// Short transactions of the engine beside writers and readers: they acquire their lock however many writers
// queue; when they cannot, the error names the session that holds it.
import t from 'tap'
import { shortTransaction } from '../../../src/platform/read-models/transactions.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { backendPid, currentWaits } from '../../support/read-models/blocked-sessions.ts'
import { until } from '../../support/until.ts'

const url = await installedDatabase(t)
const engine = await connect(t, url)

t.test('The engine waits its turn behind a queue of writers', async (t) => {
  let over = false
  // Each writer locks the table while it queues behind all others, which takes more than 50 ms.
  const writers = [1, 2, 3, 4].map(async (n) => {
    const writer = await connect(t, url)
    for (let id = n; !over; id += 4) {
      await writer.query('begin')
      await writer.query(`insert into log.user_registered_0 values ($1, $2, 'x')`, [
        idOf(id),
        `writer${id}@example.com`,
      ])
      await writer.query('select pg_sleep(0.03)')
      await writer.query('commit')
    }
  })
  await until('three writers wait', async () => (await currentWaits(engine)).length === 3)
  const locking = shortTransaction(
    engine,
    async () => ({
      statements: ['lock table log.user_registered_0 in share row exclusive mode'],
    }),
    { patienceMs: 20_000 },
  )
  await t.resolves(locking.finally(() => (over = true)))
  await Promise.all(writers)
})

t.test(
  'A lock error, and a wait before it, name the session that has held the table longest',
  async (t) => {
    const [dump, other] = [await connect(t, url), await connect(t, url)]
    await dump.query(`set application_name = 'nightly dump'`)
    await dump.query('begin; select from read.users_2')
    await other.query('begin; select from read.sessions_10')
    const pid = await backendPid(dump)
    const lock = async () => ({
      statements: ['lock table read.users_2 in access exclusive mode'],
    })
    await t.rejects(shortTransaction(engine, lock, { patienceMs: 100 }), {
      name: 'LockError',
      message: new RegExp(
        `^other sessions held .* for 0.1 s .* the oldest first: nightly dump \\(process ${pid} of the database, ` +
          '(from|local).*, for \\d+ s\\); an unnamed session \\(process',
      ),
    })
    const said: string[] = []
    const say = (line: string) => {
      said.push(line)
      dump.query('commit').catch(t.fail)
    }
    await t.resolves(shortTransaction(engine, lock, { patienceMs: 30_000, say }))
    const waits =
      /^waiting up to 30 s for a lock\. Sessions in a transaction on .*: nightly dump \(process/
    t.match(said, [waits])
    t.equal(said.length, 1, 'a wait is reported once')
  },
)
