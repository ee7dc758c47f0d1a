// The log notifies the sessions that follow it: once a transaction, at its commit, for every writer.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const url = await installedDatabase(t)
const writer = await connect(t, url)
const follower = await connect(t, url)
const heard: unknown[] = []
follower.on('notification', ({ channel, payload }) => heard.push({ channel, payload }))
await follower.query('listen epistle_log')

/** The notifications since the last call. */
async function listen(): Promise<unknown[]> {
  // The result of a query arrives after the notifications of all commits before it.
  await follower.query('select')
  return heard.splice(0)
}
const register = (n: number) =>
  writer.query(`insert into log.user_registered_0 values ($1, $2, 'a hash')`, [
    idOf(n),
    `${n}@example.com`,
  ])
const wakeUp = { channel: 'epistle_log', payload: '' }

t.test('A plain insert notifies followers', async (t) => {
  await register(1)
  t.strictSame(await listen(), [wakeUp])
})

t.test('A batch of log.append notifies once, even if a part of it is refused', async (t) => {
  const requests = [2, 3, 1].map((n) => ({
    events: [
      {
        stream_id: idOf(n),
        stream_version: 1,
        type: 'user_registered_1',
        data: { id: idOf(n), email: `${n}@example.com`, password_hash: '', username: `user${n}` },
      },
    ],
  }))
  const { rows } = await writer.query('select log.append($1) as results', [
    JSON.stringify(requests),
  ])
  t.match(rows[0].results, [{ position: /\d/ }, { position: /\d/ }, { constraint: /\w/ }])
  t.strictSame(await listen(), [wakeUp])
})

t.test('A transaction notifies at its commit, and not if it is rolled back', async (t) => {
  await writer.query('begin')
  await register(4)
  await register(5)
  t.strictSame(await listen(), [], 'not before')
  await writer.query('commit')
  t.strictSame(await listen(), [wakeUp])
  await writer.query('begin')
  await register(6)
  await writer.query('rollback')
  t.strictSame(await listen(), [])
})
