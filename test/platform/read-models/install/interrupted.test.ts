// Commands that build shadows, stopped by a signal in the middle: no shadow is left, and commands that
// waited for them go on.
import t from 'tap'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { currentWaits } from '../../../support/read-models/blocked-sessions.ts'
import { epistle } from '../../../support/service.ts'
import { until } from '../../../support/until.ts'

const url = await installedDatabase(t)
const [db, holder] = [await connect(t, url), await connect(t, url)]
const ada = idOf(1)
await append(db, [userRegistered(ada), messageSent(idOf(2), ada, ada)])

const isWaiting = async () =>
  (await currentWaits(db)).some(({ what }) => what === 'log.message_sent_3')

for (const [signal, ...args] of [
  ['SIGINT', 'show', '--at', '2', 'messages_10'],
  ['SIGTERM', 'verify'],
  ['SIGHUP', 'rebuild', 'messages_10'],
] as const) {
  t.test(`\`epistle ${args[0]}\` leaves no shadow when ${signal} stops it`, async (t) => {
    await holder.query('begin; lock table log.message_sent_3 in access exclusive mode')
    const command = epistle(t, args, { env: { DATABASE_URL: url } })
    await until('the command waits in the middle of its replay', isWaiting)
    command.child.kill(signal)
    t.equal(await command.ended, 1)
    t.match(command.stderr(), `stopped by ${signal}; no copy of a table is left`)
    const { rows } = await db.query(`select to_regnamespace('shadow') as left`)
    t.strictSame(rows, [{ left: null }])
    t.notOk(await isWaiting(), 'its connection does not go on without it')
    await holder.query('rollback')
  })
}

t.test('A command that is stopped while it waits does not disturb the one at work', async (t) => {
  await holder.query('begin; lock table log.message_sent_3 in access exclusive mode')
  const first = epistle(t, ['verify', 'messages_10'], { env: { DATABASE_URL: url } })
  await until('the first command waits in the middle of its replay', isWaiting)
  const second = epistle(t, ['show', '--at', '2', 'users_2'], { env: { DATABASE_URL: url } })
  await second.said(/waiting for it/)
  second.child.kill('SIGINT')
  t.equal(await second.ended, 1)
  await holder.query('rollback')
  t.equal(await first.ended, 0, first.stderr())
})
