// Reports of messages: their recipients make them, over HTTP, and operators settle them, on the command line.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { served } from '../../support/http/served.ts'
import { epistle, finished } from '../../support/service.ts'

const { another, arrive, databaseUrl, client, server, owner } = await served(t)
const [ada, bob, cleo] = [await arrive('ada'), await arrive('bob'), await arrive('cleo')]
const second = await another()

const operate = (...args: string[]) =>
  finished(epistle(t, ['reports', ...args], { env: { DATABASE_URL: databaseUrl } }))
const list = async (...args: string[]) =>
  JSON.parse((await operate('list', '--json', ...args)).stdout).reports

async function send(from: typeof ada, to: typeof ada, content = 'Buy this') {
  const { data } = await from.client.POST('/messages', { body: { to: to.user.id, content } })
  return data?.id ?? ''
}

const report = (
  { client }: Pick<typeof ada, 'client'>,
  id: string,
  { reason = 'spam', key }: { reason?: string; key?: string } = {},
) => {
  const header = key === undefined ? {} : { 'Idempotency-Key': key }
  return client.POST('/messages/{id}/reports', {
    params: { path: { id }, header },
    body: { reason },
  })
}

t.test('The recipient alone can report a message, once until the report is settled', async (t) => {
  const id = await send(ada, bob)
  for (const other of [ada, cleo]) t.match((await report(other, id)).error, { code: 'not_found' })
  t.match((await report(bob, randomUUID())).error, { code: 'not_found' })
  t.match((await report(ada, await send(ada, ada))).error, { code: 'not_found' }, 'a note to self')
  const first = await report(bob, id)
  t.match(first.response, { status: 204 })
  t.match(first.response.headers.get('epistle-position'), /^\d+$/)
  t.match((await report(bob, id)).error, { code: 'already_reported' })
  const [{ id: reportId }] = await list()
  await operate('settle', reportId, '--outcome', 'dismissed', '--actor', 'Olga')
  t.equal((await report(bob, id)).response.status, 204)
})

t.test('Two reports of one message at once on two servers: one is recorded', async (t) => {
  for (let n = 0; n < 10; n += 1) {
    const id = await send(ada, bob)
    const there = { client: client(bob.token, second) }
    const codes = (await Promise.all([report(bob, id), report(there, id)])).map(
      ({ response }) => response.status,
    )
    t.strictSame(codes.sort(), [204, 409])
  }
})

t.test(
  'A retry with the same key returns the first report, and another reason is refused',
  async (t) => {
    const id = await send(ada, bob)
    const first = await report(bob, id, { key: 'k1' })
    const again = await report(bob, id, { key: 'k1' })
    t.equal(again.response.status, 204)
    const positionOf = ({ response }: typeof first) => response.headers.get('epistle-position')
    t.equal(positionOf(again), positionOf(first))
    const other = await report(bob, id, { key: 'k1', reason: 'threats' })
    t.match(other.error, { code: 'idempotency_key_reused' })
  },
)

t.test(
  'An operator sees the message as it was reported, and settles the report once',
  async (t) => {
    const id = await send(ada, cleo, 'first\nwords')
    await ada.client.PATCH('/messages/{id}', {
      params: { path: { id } },
      body: { content: 'edited' },
    })
    await report(cleo, id, { reason: 'rude' })
    await ada.client.DELETE('/messages/{id}', { params: { path: { id } } })
    const found = (await list()).at(-1)
    t.match(found, {
      ...{ reporter: 'cleo', reported: 'ada', messageId: id, reason: 'rude', content: 'edited' },
      ...{ outcome: null, settledAt: null },
    })
    t.match((await operate()).stdout, / {4}message {3}"edited"$/m)
    const settling = [
      'settle',
      found.id,
      '--outcome',
      'upheld',
      '--note',
      'warned',
      '--actor',
      'Olga',
    ]
    t.match(await operate(...settling), { code: 0, stdout: 'the report is upheld\n' })
    t.match(await operate(...settling), {
      code: 1,
      stderr: /^epistle: the report is settled already/,
    })
    t.match((await list('--settled'))[0], { outcome: 'upheld', actor: 'Olga', note: 'warned' })
    const unknown = await operate('settle', randomUUID(), '--outcome', 'upheld')
    t.match(unknown, { code: 1, stderr: /^epistle: no report has this id$/m })
  },
)

async function exportOf({ token }: typeof ada): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${server.url}/users/me/export`, { headers })).text()
}

t.test(
  'The export of the reporter has the report, that of the reported user nothing of it',
  async (t) => {
    const own = await exportOf(cleo)
    t.match(own, /"message_reported".*"reason":"rude"/)
    t.match(own, /"report_settled".*"outcome":"upheld"/)
    t.notMatch(own, /warned|Olga/)
    t.notMatch(await exportOf(ada), /report|rude|upheld/)
  },
)

t.test('The erasure of a reporter blanks the texts, and keeps the report', async (t) => {
  const env = { DATABASE_URL: databaseUrl }
  const openOfAda = async () =>
    JSON.parse((await finished(epistle(t, ['user', 'show', 'ada', '--json'], { env }))).stdout)
      .reports.open
  await report(cleo, await send(ada, cleo, 'Again'), { reason: 'rude' })
  const before = await list()
  const byCleo = before.find(
    ({ reporterId }: { reporterId: string }) => reporterId === cleo.user.id,
  )
  const open = await openOfAda()
  await finished(epistle(t, ['user', 'forget', 'cleo'], { env }))
  t.equal((await list()).length, before.length - 1, 'an open report is closed')
  t.equal(await openOfAda(), open - 1)
  t.match(await operate('settle', byCleo.id, '--outcome', 'upheld'), {
    code: 1,
    stderr: 'epistle: the personal data of the user were erased',
  })
  t.match((await list('--settled'))[0], { reporter: null, reason: '', note: null, reported: 'ada' })
  const { rows } = await owner.query(
    `select count(*)::int as left from log.message_reported_17 where reason = 'rude'`,
  )
  t.strictSame(rows, [{ left: 0 }])
  const verified = await finished(epistle(t, ['verify'], { env }))
  t.equal(verified.code, 0, verified.stdout)
})
