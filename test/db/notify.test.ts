// The log wakes whoever follows it: once a transaction, when it can be seen, whoever wrote it.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const url = await installedDatabase(t)
const writer = await connect(t, url)
const follower = await connect(t, url)
const heard: unknown[] = []
follower.on('notification', ({ channel, payload }) => heard.push({ channel, payload }))
await follower.query('listen epistle_log')

/** What has been heard since the last time. */
async function listen(): Promise<unknown[]> {
  // An answer comes after the notifications of everything that was committed before its question.
  await follower.query('select')
  return heard.splice(0)
}
const register = (n: number) =>
  writer.query(`insert into log.user_registered_0 values ($1, $2, 'a hash')`, [
    idOf(n),
    `${n}@example.com`,
  ])
const wakeUp = { channel: 'epistle_log', payload: '' }

t.test('a plain insert wakes', async (t) => {
  await register(1)
  t.strictSame(await listen(), [wakeUp])
})

t.test('a batch of log.append wakes once, also where a part of it was refused', async (t) => {
  const commands = [2, 3, 1].map((n) => ({
    events: [
      {
        stream_id: idOf(n),
        stream_version: 1,
        type: 'user_registered_1',
        data: { id: idOf(n), email: `${n}@example.com`, password_hash: '', username: `user${n}` },
      },
    ],
  }))
  const { rows } = await writer.query('select log.append($1) as verdicts', [
    JSON.stringify(commands),
  ])
  t.match(rows[0].verdicts, [{ position: /\d/ }, { position: /\d/ }, { constraint: /\w/ }])
  t.strictSame(await listen(), [wakeUp])
})

t.test('a transaction wakes at its commit, and one that is rolled back does not', async (t) => {
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
