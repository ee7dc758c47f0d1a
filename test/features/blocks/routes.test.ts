// `/blocks` as a client sees it, and the effect of a block on messages.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openRoutes } from '../../support/http/routes.ts'

const { call, arrive } = await openRoutes(t)
type Person = Awaited<ReturnType<typeof arrive>>

const block = (by: Person, { id }: { id: string }) => call(`PUT /blocks/${id}`, by)
const unblock = (by: Person, { id }: { id: string }) => call(`DELETE /blocks/${id}`, by)
const send = (from: Person, to: Person) =>
  call('POST /messages', { ...from, body: { to: to.id, content: 'Hello' } })

t.test('A message of a blocked sender is rejected, and no other message', async (t) => {
  const [ada, bob, cleo] = [await arrive('ada'), await arrive('bob'), await arrive('cleo')]
  await send(bob, ada)
  t.match(await block(ada, bob), { status: 204, headers: { 'epistle-position': /^\d+$/ } })
  t.match(await send(bob, ada), { status: 403, body: { code: 'blocked' } })
  for (const [from, to] of [
    [ada, bob],
    [cleo, ada],
    [bob, cleo],
  ] as const) {
    t.equal((await send(from, to)).status, 201)
  }
  t.equal(
    (await call('GET /messages?box=inbox', ada)).body.items.length,
    2,
    'earlier messages stay',
  )
  await unblock(ada, bob)
  t.equal((await send(bob, ada)).status, 201)
})

t.test('A blocked sender cannot edit earlier messages, but can delete them', async (t) => {
  const [ada, bob] = [await arrive('ada6'), await arrive('bob6')]
  const { id } = (await send(bob, ada)).body
  const edit = () =>
    call(`PATCH /messages/${id}`, { ...bob, body: { content: 'And another thing' } })
  const own = (await send(ada, bob)).body
  await block(ada, bob)
  t.match(await edit(), { status: 403, body: { code: 'blocked' } })
  t.match((await call(`GET /messages/${id}`, ada)).body, { content: 'Hello', editedAt: undefined })
  const body = { content: 'Goodbye' }
  const corrected = await call(`PATCH /messages/${own.id}`, { ...ada, body })
  t.equal(corrected.status, 200, 'the user who blocks can still edit, and send')
  await unblock(ada, bob)
  t.equal((await edit()).status, 200)
  await block(ada, bob)
  t.equal((await call(`DELETE /messages/${id}`, bob)).status, 204)
})

t.test(
  'A retried block with the same key gets the same response and changes nothing',
  async (t) => {
    const [ada, bob, cleo] = [await arrive('ada9'), await arrive('bob9'), await arrive('cleo9')]
    const headers = { 'idempotency-key': 'no-more' }
    const blockUnderKey = ({ id }: Person) => call(`PUT /blocks/${id}`, { ...ada, headers })
    const first = await blockUnderKey(bob)
    t.equal(first.status, 204)
    await unblock(ada, bob)
    const again = await blockUnderKey(bob)
    t.equal(again.headers['epistle-position'], first.headers['epistle-position'])
    t.same((await call('GET /blocks', ada)).body.items, [], 'the later unblock still holds')
    t.match(await blockUnderKey(cleo), { status: 422, body: { code: 'idempotency_key_reused' } })
  },
)

t.test('Concurrent blocks with one key get the same response', async (t) => {
  const [ada, bob] = [await arrive('ada7'), await arrive('bob7')]
  const request = { ...ada, headers: { 'idempotency-key': 'at-once' } }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call(`PUT /blocks/${bob.id}`, request)),
  )
  const positions = new Set(answers.map(({ headers }) => headers['epistle-position']))
  t.equal(positions.size, 1)
  t.notOk(positions.has(undefined))
})

t.test(
  'A batch with one message to a user who blocked the sender is rejected as a whole',
  async (t) => {
    const [ada, bob, cleo] = [await arrive('ada1'), await arrive('bob1'), await arrive('cleo1')]
    await block(ada, bob)
    const messages = [cleo, bob, ada, cleo].map(({ id }) => ({ to: id, content: 'Hello' }))
    t.match(await call('POST /messages/batch', { ...bob, body: { messages } }), {
      status: 403,
      body: { code: 'blocked', errors: [{ pointer: '/messages/2/to' }] },
    })
    t.same((await call('GET /messages', bob)).body.items, [])
  },
)

t.test('A retry of a message from before the block gets the earlier response', async (t) => {
  const [ada, bob] = [await arrive('ada2'), await arrive('bob2')]
  const request = {
    ...bob,
    body: { to: ada.id, content: 'Hi' },
    headers: { 'idempotency-key': 'k' },
  }
  const first = await call('POST /messages', request)
  await block(ada, bob)
  t.same((await call('POST /messages', request)).body, first.body)
})

t.test('Blocking or unblocking a second time changes nothing', async (t) => {
  const [ada, bob] = [await arrive('ada3'), await arrive('bob3')]
  await block(ada, bob)
  const [before] = (await call('GET /blocks', ada)).body.items
  const again = await block(ada, bob)
  t.same([again.status, 'epistle-position' in again.headers], [204, false])
  t.same((await call('GET /blocks', ada)).body.items, [before])
  t.equal((await unblock(ada, bob)).status, 204)
  const twice = await unblock(ada, bob)
  t.same([twice.status, 'epistle-position' in twice.headers], [204, false])
  t.same((await call('GET /blocks', ada)).body, { items: [] })
})

t.test('Blocking an unknown user, or yourself, is rejected', async (t) => {
  const ada = await arrive('ada4')
  for (const change of [block, unblock]) {
    const unknown = await change(ada, { id: randomUUID() })
    t.match(unknown, { status: 404, body: { code: 'not_found' } })
    for (const id of [ada.id, 'bob']) {
      t.match(await change(ada, { id }), {
        status: 422,
        body: { code: 'validation_failed', errors: [{ parameter: 'userId' }] },
      })
    }
  }
})

t.test('No message or edit that races with a block is recorded after it', async (t) => {
  const [ada, bob] = [await arrive('ada5'), await arrive('bob5')]
  const before = await Promise.all(Array.from({ length: 6 }, () => send(bob, ada)))
  const sending = before.flatMap(({ body }) => [
    send(bob, ada),
    call(`PATCH /messages/${body.id}`, { ...bob, body: { content: 'Hello!' } }),
  ])
  const blocked = Number((await block(ada, bob)).headers['epistle-position'])
  for (const { status, headers } of await Promise.all(sending)) {
    if (status < 300) t.ok(Number(headers['epistle-position']) < blocked)
    else t.equal(status, 403)
  }
  t.equal((await send(bob, ada)).status, 403)
})

t.test('GET /blocks pages forward and back', async (t) => {
  const me = await arrive('mei')
  const names = ['p11', 'p22', 'p33', 'p44', 'p55']
  for (const name of names) await block(me, await arrive(name))
  const page = async (query: string) => {
    const { body } = await call(`GET /blocks?limit=2${query}`, me)
    return {
      shown: body.items.map((item: { username: string }) => item.username),
      next: body.nextCursor,
    }
  }
  const first = await page('')
  t.same(first.shown, ['p55', 'p44'])
  const second = await page(`&before=${first.next}`)
  t.same(second.shown, ['p33', 'p22'])
  t.same(await page(`&before=${second.next}`), { shown: ['p11'], next: undefined })
  const back = await page(`&after=${second.next}`)
  t.same(back.shown, ['p33', 'p44'])
  t.same(await page(`&after=${back.next}`), { shown: ['p55'], next: undefined })
})

t.test('If-None-Match: * only blocks, and If-Match: * only finds, an existing block', async (t) => {
  const [ada, bob] = [await arrive('ada-12'), await arrive('bob-12')]
  const change = async (method: 'PUT' | 'DELETE', headers: object) =>
    (await call(`${method} /blocks/${bob.id}`, { ...ada, headers })).status
  const [existing, absent] = [{ 'if-match': '*' }, { 'if-none-match': '*' }]
  t.equal(await change('PUT', existing), 412)
  t.equal(await change('DELETE', existing), 412)
  t.equal(await change('PUT', absent), 204)
  t.equal(await change('PUT', absent), 412)
  t.equal(await change('PUT', existing), 204)
  t.equal(await change('DELETE', absent), 412)
  t.equal(await change('PUT', { 'if-match': '"1"' }), 412, 'a block has no entity tag')
  t.equal(await change('DELETE', existing), 204)
})
