// A worker that is killed between a delivery and its cursor: the event is delivered again, and none is lost. And the
// commands of operators, in processes of their own.
import t from 'tap'
import type { Options } from '../../../src/cli/verb.ts'
import { webhookVerb } from '../../../src/cli/webhook.ts'
import { readLog } from '../../support/feed.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { lastingFolder } from '../../support/lasting-folder.ts'
import { epistle, finished } from '../../support/service.ts'
import { until } from '../../support/until.ts'
import { accept, startReceiver, verify } from '../../support/webhook-receiver.ts'

const databaseUrl = await installedDatabase(t)
const owner = await connect(t, databaseUrl)
const env = { DATABASE_URL: databaseUrl, WEBHOOK_LOOPBACK: 'on', MAIL_OUTBOX: lastingFolder(t) }
const webhook = (...args: string[]) => finished(epistle(t, ['webhook', ...args], { env }))
const receiver = await startReceiver(t)

for (let n = 1; n <= 6; n += 1) {
  await owner.query(`insert into log.user_registered_0 values ($1, $2, 'hash')`, [
    idOf(n),
    `${n}@example.org`,
  ])
}

t.test('An operator adds an endpoint and gets its secret on stdout', async (t) => {
  const added = await webhook('add', 'crm', receiver.url, '--after', '0')
  t.equal(added.code, 0, added.stderr)
  t.match(added.stdout, /^whsec_[\w+/]{43}=\n$/)
  const { stdout } = await webhook('list', '--json')
  t.match(JSON.parse(stdout), { webhooks: [{ name: 'crm', url: receiver.url, position: '0' }] })
  t.notMatch(stdout, 'whsec_')
})

t.test('After kill -9 between a delivery and its cursor, that event comes again', async (t) => {
  const first = epistle(t, ['work'], { env })
  receiver.answer = (event, response) => {
    if (receiver.received.length === 3) first.child.kill('SIGKILL')
    else accept(event, response)
  }
  t.equal(await first.ended, 'SIGKILL')
  const { rows } = await owner.query('select position from work.webhooks')
  t.equal(rows[0].position, receiver.received[1]?.event.position, 'the cursor was not moved')
  receiver.answer = accept
  const log = (await readLog(owner)).map((event) => event.split(' ')[1])
  const second = epistle(t, ['work'], { env })
  await until('the rest arrives', async () => receiver.received.length > log.length, 60)
  // The second worker may append events of its own, such as a welcome.
  const got = receiver.received.map(({ id }) => id).slice(0, log.length + 1)
  t.strictSame(got, [...log.slice(0, 3), ...log.slice(2)], 'once more, in order')
  second.child.kill('SIGTERM')
  t.equal(await second.ended, 0)
})

t.test('The other commands change an endpoint, and refuse what makes no sense', async (t) => {
  const rotated = await webhook('rotate', 'crm', '--hours', '1')
  t.match(rotated.stdout, /^whsec_/)
  t.throws(() => verify(rotated.stdout.trim(), receiver.received[0] as never))
  t.match((await webhook('disable', 'crm')).stdout, 'crm is disabled')
  t.match((await webhook()).stdout, /crm.*\n.*\n.*disabled at .*: an operator disabled it/)
  t.match((await webhook('enable', 'crm')).stdout, 'crm is enabled')
  t.match((await webhook('replay', 'crm', '--after', '2')).stdout, 'after position 2')
  t.match((await webhook('remove', 'crm')).stdout, 'crm is removed')
  t.match((await webhook()).stdout, 'there is no webhook')
  const { code, stderr } = await webhook('add', 'b', 'http://10.0.0.1/')
  t.equal(code, 1)
  t.match(stderr, /^epistle: a webhook needs a public address, and 10\.0\.0\.1 is not public/)
})

t.test('A command that makes no sense is refused with a sentence', async (t) => {
  // In this process, which takes less time. Only the owner's connection is its own.
  Object.assign(process.env, env)
  await webhookVerb.run({}, ['add', 'first', receiver.url])
  const refusals: [string[], Options, RegExp][] = [
    [['add', 'first', receiver.url], {}, /there already is a webhook "first"/],
    [['add', 'b', receiver.url], { types: 'nothing' }, /unknown type "nothing"; choose from conv/],
    [['add', 'b', receiver.url], { after: '99' }, /position 99 does not exist yet/],
    [['add', 'b', receiver.url], { after: '-1' }, /--after takes a position of the log/],
    [['add', 'a b', receiver.url], {}, /has a name of 1 to 64 letters/],
    [['enable', 'nothing'], {}, /there is no webhook "nothing"/],
    [['replay', 'first'], {}, /needs --after <position>/],
    [['rotate'], {}, /the usage is: epistle webhook rotate <name>/],
    [['list'], { personal: true }, /has no option --personal/],
    [['dance'], {}, /unknown action "dance"; choose one of list, add/],
  ]
  for (const [args, options, message] of refusals) {
    await t.rejects(webhookVerb.run(options, args), { message }, args.join(' '))
  }
})
