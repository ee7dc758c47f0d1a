// `/conversations`, from the caller's side.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openRoutes } from '../../support/http/routes.ts'

const { call, arrive } = await openRoutes(t)
type Person = Awaited<ReturnType<typeof arrive>>

async function send(from: Person, to: Person, content: string) {
  return (await call('POST /messages', { ...from, body: { to: to.id, content } })).body
}

const readUpTo = (reader: Person, partner: { id: string }, upTo: string) =>
  call(`PUT /conversations/${partner.id}/read`, { ...reader, body: { upTo } })

t.test('A conversation contains its last message and its unread count', async (t) => {
  const [ada, bob] = [await arrive('ada'), await arrive('bob')]
  await send(ada, bob, 'one')
  const last = await send(ada, bob, 'two')
  const conversation = {
    with: { id: ada.id, username: 'ada' },
    lastMessage: last,
    unread: 2,
    blocked: false,
  }
  t.same((await call(`GET /conversations/${ada.id}`, bob)).body, conversation)
  t.same((await call('GET /conversations', bob)).body, { items: [conversation], unreadTotal: 2 })
  t.match((await call('GET /conversations', ada)).body, {
    items: [{ with: { id: bob.id }, lastMessage: last, unread: 0 }],
    unreadTotal: 0,
  })
})

t.test('The sender sees when a message was read, and this time never changes', async (t) => {
  const [ada, bob] = [await arrive('ada1'), await arrive('bob1')]
  const [one, two] = [await send(ada, bob, 'one'), await send(ada, bob, 'two')]
  const first = await readUpTo(bob, ada, one.id)
  t.match(first, { status: 204, headers: { 'epistle-position': /^\d+$/ }, body: undefined })
  t.match((await call(`GET /conversations/${ada.id}`, bob)).body, { unread: 1 })
  const read = (await call(`GET /messages/${one.id}`, ada)).body
  t.match(read, { ...one, readAt: /Z$/ })
  t.notHas((await call(`GET /messages/${two.id}`, ada)).body, { readAt: String })
  t.same((await call(`GET /messages/${one.id}`, bob)).body, one, 'the recipient sees no receipt')
  await readUpTo(bob, ada, two.id)
  const { items } = (await call('GET /messages?box=sent', ada)).body
  t.match(items, [{ id: two.id, readAt: /Z$/ }, read])
  t.same(items[1], read, 'the receipt of the earlier message does not change')
  t.match((await call(`GET /conversations/${bob.id}`, ada)).body.lastMessage, items[0])
})

t.test('Marking an older or the same message as read changes nothing', async (t) => {
  const [ada, bob] = [await arrive('ada2'), await arrive('bob2')]
  const [one, two] = [await send(ada, bob, 'one'), await send(ada, bob, 'two')]
  await readUpTo(bob, ada, two.id)
  for (const { id } of [one, two]) {
    const second = await readUpTo(bob, ada, id)
    t.equal(second.status, 204)
    t.notOk('epistle-position' in second.headers, 'nothing was appended')
    t.match((await call(`GET /conversations/${ada.id}`, bob)).body, { unread: 0 })
  }
})

t.test('A receipt retried with its idempotency key gets the same response', async (t) => {
  const [ada, bob] = [await arrive('ada7'), await arrive('bob7')]
  const [one, two] = [await send(ada, bob, 'one'), await send(ada, bob, 'two')]
  const headers = { 'idempotency-key': 'reading' }
  const read = (upTo: string) =>
    call(`PUT /conversations/${ada.id}/read`, { ...bob, headers, body: { upTo } })
  const first = await read(one.id)
  t.equal(first.status, 204)
  await readUpTo(bob, ada, two.id)
  const again = await read(one.id)
  t.equal(again.status, 204)
  t.equal(again.headers['epistle-position'], first.headers['epistle-position'])
  t.match(await read(two.id), { status: 422, body: { code: 'idempotency_key_reused' } })
})

t.test('Marking your own message as read covers the messages before it', async (t) => {
  const [ada, bob] = [await arrive('ada3'), await arrive('bob3')]
  await send(ada, bob, 'a question')
  const answer = await send(bob, ada, 'an answer')
  await send(ada, bob, 'thanks')
  await readUpTo(bob, ada, answer.id)
  t.match((await call(`GET /conversations/${ada.id}`, bob)).body, { unread: 1 })
})

t.test('A message to oneself is never unread', async (t) => {
  const ada = await arrive('ada4')
  const note = await send(ada, ada, 'Buy milk')
  const conversation = {
    with: { id: ada.id, username: 'ada4' },
    lastMessage: note,
    unread: 0,
    blocked: false,
  }
  t.same((await call('GET /conversations', ada)).body, { items: [conversation], unreadTotal: 0 })
  const read = await readUpTo(ada, ada, note.id)
  t.equal(read.status, 204)
  t.notOk('epistle-position' in read.headers)
})

t.test('A conversation shows whether you have blocked the other user', async (t) => {
  const [ada, bob] = [await arrive('ada8'), await arrive('bob8')]
  await send(ada, bob, 'one')
  const isBlocked = async (reader: Person, other: Person) => {
    const { items } = (await call('GET /conversations', reader)).body
    const { blocked } = (await call(`GET /conversations/${other.id}`, reader)).body
    return [items[0].blocked, blocked]
  }
  await call(`PUT /blocks/${ada.id}`, bob)
  t.same(await isBlocked(bob, ada), [true, true])
  t.same(await isBlocked(ada, bob), [false, false], 'the blocked user does not see it')
  await call(`DELETE /blocks/${ada.id}`, bob)
  t.same(await isBlocked(bob, ada), [false, false])
})

t.test('Only a message of the same conversation can be marked as read', async (t) => {
  const [ada, bob, cleo] = [await arrive('ada5'), await arrive('bob5'), await arrive('cleo5')]
  const message = await send(ada, bob, 'for Bob')
  for (const [reader, partner, upTo] of [
    [bob, cleo, message.id],
    [cleo, ada, message.id],
    [bob, ada, randomUUID()],
    [bob, { id: randomUUID() }, message.id],
  ] as const) {
    t.match(await readUpTo(reader, partner, upTo), { status: 404, body: { code: 'not_found' } })
  }
  t.match(await readUpTo(bob, ada, 'the last one'), {
    status: 422,
    body: { code: 'validation_failed', errors: [{ pointer: '/upTo' }] },
  })
})

t.test('Users who never exchanged a message have no conversation', async (t) => {
  const [ada, bob] = [await arrive('ada6'), await arrive('bob6')]
  t.same((await call('GET /conversations', ada)).body, { items: [], unreadTotal: 0 })
  for (const id of [bob.id, randomUUID()]) {
    t.match(await call(`GET /conversations/${id}`, ada), { status: 404 })
  }
  t.match(await call('GET /conversations/bob', ada), {
    status: 422,
    body: { errors: [{ parameter: 'userId' }] },
  })
})

t.test('Pages of the conversation list lead both ways', async (t) => {
  const me = await arrive('mei')
  const names = ['p11', 'p22', 'p33', 'p44', 'p55']
  for (const name of names) await send(await arrive(name), me, `from ${name}`)
  const page = async (query: string) => {
    const { body } = await call(`GET /conversations?limit=2${query}`, me)
    t.equal(body.unreadTotal, 5, 'the total covers all pages')
    const names = body.items.map((item: { with: { username: string } }) => item.with.username)
    return { shown: names.join(' '), next: body.nextCursor }
  }
  const first = await page('')
  t.equal(first.shown, 'p55 p44')
  const second = await page(`&before=${first.next}`)
  t.equal(second.shown, 'p33 p22')
  t.same(await page(`&before=${second.next}`), { shown: 'p11', next: undefined })
  const back = await page(`&after=${second.next}`)
  t.equal(back.shown, 'p33 p44')
  t.same(await page(`&after=${back.next}`), { shown: 'p55', next: undefined })
  const { body } = await call('GET /conversations?before=abc', me)
  t.match(body, { code: 'validation_failed', errors: [{ parameter: 'before' }] })
})
