// Sending a message marks the conversation as read: what is covered, what is not, and what repeats and races do.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openRoutes } from '../../support/http/routes.ts'
import { connect } from '../../support/installed.ts'
import { until } from '../../support/until.ts'

const { call, arrive, url } = await openRoutes(t)
const owner = await connect(t, url)
type Person = Awaited<ReturnType<typeof arrive>>

const send = async (from: Person, to: Person, content: string, more: object = {}) =>
  (await call('POST /messages', { ...from, body: { to: to.id, content, ...more } })).body

async function unread(reader: Person) {
  const { items, unreadTotal } = (await call('GET /conversations', reader)).body
  return { unread: items.map(({ unread }: { unread: number }) => unread), unreadTotal }
}

/** The receipts of a user in the log, in order. */
async function receipts({ id }: Person) {
  const { rows } = await owner.query(
    'select up_to, position from log.conversation_read_4 where user_id = $1 order by position',
    [id],
  )
  return rows as { up_to: string; position: string }[]
}

t.test(
  'An answer marks what its sender had received as read, and its recipient sees when',
  async (t) => {
    const [ada, bob] = [await arrive('ada1'), await arrive('bob1')]
    const [one, two] = [await send(ada, bob, 'one'), await send(ada, bob, 'two')]
    t.same(await unread(bob), { unread: [2], unreadTotal: 2 })
    const answer = await send(bob, ada, 'an answer')
    t.same(await unread(bob), { unread: [0], unreadTotal: 0 })
    t.same(await unread(ada), { unread: [1], unreadTotal: 1 }, 'the answer itself is unread')
    const [receipt, ...more] = await receipts(bob)
    t.same(more, [])
    t.equal(receipt?.up_to, two.id)
    t.ok(BigInt(receipt?.position ?? 0) > BigInt(answer.position))
    for (const { id } of [one, two]) {
      t.match((await call(`GET /messages/${id}`, ada)).body, { readAt: /Z$/ })
    }
  },
)

t.test('A message appends no receipt when nothing is unread', async (t) => {
  const [ada, bob] = [await arrive('ada2'), await arrive('bob2')]
  await send(ada, bob, 'one')
  await send(bob, ada, 'two')
  for (const content of ['three', 'four']) await send(bob, ada, content)
  t.equal((await receipts(bob)).length, 1)
  await send(ada, ada, 'a note')
  t.same(await receipts(ada), [])
})

t.test('A message with markRead false marks nothing as read', async (t) => {
  const [ada, bob] = [await arrive('ada3'), await arrive('bob3')]
  const one = await send(ada, bob, 'one')
  await send(bob, ada, 'an automatic answer', { markRead: false })
  t.same(await unread(bob), { unread: [1], unreadTotal: 1 })
  t.same((await call(`GET /messages/${one.id}`, ada)).body, one)
})

t.test('Messages from other users stay unread', async (t) => {
  const [ada, bob, cleo] = [await arrive('ada4'), await arrive('bob4'), await arrive('cleo4')]
  await send(ada, bob, 'one')
  await send(cleo, bob, 'two')
  await send(bob, ada, 'to Ada')
  t.same(await unread(bob), { unread: [0, 1], unreadTotal: 1 })
})

t.test('Each message of a batch decides for its own conversation', async (t) => {
  const [ada, bob, cleo] = [await arrive('ada5'), await arrive('bob5'), await arrive('cleo5')]
  for (const from of [ada, cleo]) await send(from, bob, 'hello')
  const messages = [
    { to: ada.id, content: 'one' },
    { to: ada.id, content: 'two' },
    { to: cleo.id, content: 'three', markRead: false },
  ]
  const sent = await call('POST /messages/batch', { ...bob, body: { messages } })
  t.match(sent, { status: 201, body: { items: messages.map(({ content }) => ({ content })) } })
  t.equal(sent.headers['epistle-position'], sent.body.items[2].position)
  t.same(await unread(bob), { unread: [1, 0], unreadTotal: 1 })
})

t.test(
  'A rejected message of a batch is named by its index, and nothing is marked as read',
  async (t) => {
    const [ada, bob] = [await arrive('ada6'), await arrive('bob6')]
    await send(ada, bob, 'hello')
    const messages = [ada.id, randomUUID()].map((to) => ({ to, content: 'one' }))
    t.match(await call('POST /messages/batch', { ...bob, body: { messages } }), {
      status: 422,
      body: { code: 'recipient_unknown', errors: [{ pointer: '/messages/1/to' }] },
    })
    await call(`PUT /blocks/${bob.id}`, ada)
    const refused = await call('POST /messages', { ...bob, body: { to: ada.id, content: 'one' } })
    t.match(refused, { body: { code: 'blocked' } })
    t.same(await unread(bob), { unread: [1], unreadTotal: 1 })
  },
)

t.test('A retry with the same key marks nothing as read that arrived in between', async (t) => {
  const [ada, bob] = [await arrive('ada7'), await arrive('bob7')]
  await send(ada, bob, 'one')
  const answer = () =>
    call('POST /messages', {
      ...bob,
      body: { to: ada.id, content: 'an answer' },
      headers: { 'idempotency-key': 'answer' },
    })
  const first = await answer()
  await send(ada, bob, 'two')
  const again = await answer()
  t.same(again.body, first.body)
  t.equal(again.headers['epistle-position'], first.headers['epistle-position'])
  t.same(await unread(bob), { unread: [1], unreadTotal: 1 })
})

t.test('Answers that are sent at the same time append one receipt', async (t) => {
  const [ada, bob] = [await arrive('ada8'), await arrive('bob8')]
  await send(ada, bob, 'one')
  await Promise.all([1, 2, 3].map((n) => send(bob, ada, `answer ${n}`)))
  t.equal((await receipts(bob)).length, 1)
})

t.test(
  'A message that arrives while people answer each other is either read or counted',
  async (t) => {
    const [ada, bob] = [await arrive('ada9'), await arrive('bob9')]
    const talk = async (from: Person, to: Person) => {
      for (let n = 0; n < 10; n++) await send(from, to, `${n}`)
    }
    await Promise.all([talk(ada, bob), talk(ada, bob), talk(bob, ada)])
    const { rows } = await owner.query(
      `select count(*)::int as later from log.message_sent_3 where dst_id = $1 and position > (
       select coalesce(max(up_to_position), 0) from log.conversation_read_4 where user_id = $1)`,
      [bob.id],
    )
    t.same(await unread(bob), { unread: [rows[0].later], unreadTotal: rows[0].later })
    const { rows: early } = await owner.query(
      `select from log.conversation_read_4 receipt where user_id = $1 and not exists (
       select from log.message_sent_3 sent
       where sent.src_id = $1 and sent.position > receipt.up_to_position
         and sent.position < receipt.position)`,
      [bob.id],
    )
    t.same(early, [], 'each receipt follows a message that was sent after what it covers')
  },
)

t.test(
  'A message is answered although its receipt has to wait, and the receipt follows',
  async (t) => {
    const [ada, bob] = [await arrive('ada31'), await arrive('bob31')]
    const one = await send(ada, bob, 'one')
    const holder = await connect(t, url)
    await holder.query('begin; lock table log.conversation_read_4 in share row exclusive mode')
    t.match(await send(bob, ada, 'an answer'), { content: 'an answer' })
    t.same(await receipts(bob), [])
    await holder.query('rollback')
    await until('the receipt is there', async () => (await receipts(bob)).length === 1)
    t.equal((await receipts(bob))[0]?.up_to, one.id)
  },
)
