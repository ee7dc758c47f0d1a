// `/messages`, from the caller's side.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openRoutes } from '../../support/http/routes.ts'

const { call, arrive } = await openRoutes(t)
const [ada, bob, cleo] = [await arrive('ada'), await arrive('bob'), await arrive('cleo')]
type Person = typeof ada

const send = (from: Person, to: Person, content: string) =>
  call('POST /messages', { ...from, body: { to: to.id, content } })

t.test('A sent message is returned unchanged, and only its two users can get it', async (t) => {
  const controls = String.fromCharCode(...Array.from({ length: 31 }, (_, code) => code + 1))
  const content = `  Hi Bob,\r\n\t“quotes” " \\ / 🦉 \u200b\u2028\u2029\u007f\ufeff\ufffd\u{10ffff} ${controls} `
  const sent = await send(ada, bob, content)
  t.match(sent, {
    status: 201,
    headers: { location: `/messages/${sent.body.id}`, 'epistle-position': /^\d+$/ },
  })
  t.match(sent.body, { from: ada.id, to: bob.id, content })
  t.same(Object.keys(sent.body), [
    ...['id', 'from', 'to', 'content', 'sentAt', 'position', 'version'],
  ])
  t.match(sent.body, { position: sent.headers['epistle-position'], version: 1 })
  for (const reader of [ada, bob]) {
    t.same((await call(`GET /messages/${sent.body.id}`, reader)).body, sent.body)
    const { body: list } = await call('GET /messages', reader)
    t.same(list, { items: [sent.body], newestCursor: list.newestCursor })
  }
  for (const id of [sent.body.id, randomUUID()]) {
    t.match(await call(`GET /messages/${id}`, cleo), { status: 404, body: { code: 'not_found' } })
  }
})

t.test('A retried request has the clientId of the first one in its response', async (t) => {
  const retry = (clientId: string) => {
    const headers = { 'idempotency-key': 'with-a-client-id' }
    return call('POST /messages', { ...ada, headers, body: { to: bob.id, content: 'a', clientId } })
  }
  const first = await retry('first')
  t.match(first, { status: 201, body: { clientId: 'first' } })
  t.strictSame((await retry('second')).body, first.body)
})

t.test('A message to an unknown user is rejected with recipient_unknown', async (t) => {
  const body = { to: randomUUID(), content: 'Hello?' }
  t.match(await call('POST /messages', { ...ada, body }), {
    status: 422,
    body: { code: 'recipient_unknown' },
  })
})

t.test('A batch of messages is sent in its order', async (t) => {
  const messages = [bob, cleo, ada].map(({ id }, n) => ({ to: id, content: `number ${n}` }))
  const sent = await call('POST /messages/batch', { ...ada, body: { messages } })
  t.match(sent, { status: 201, headers: { 'epistle-position': /^\d+$/ } })
  t.match(
    sent.body.items,
    messages.map((message) => ({ ...message, from: ada.id })),
  )
  const { body } = await call('GET /messages?box=sent&limit=3', ada)
  t.same(body.items.toReversed(), sent.body.items)
})

t.test('A batch with one rejected message sends none and points at the rejected one', async (t) => {
  const before = (await call('GET /messages', ada)).body
  for (const failing of [0, 41, 99]) {
    const messages = Array.from({ length: 100 }, (_, n) => ({
      to: n >= failing ? randomUUID() : bob.id,
      content: 'hello',
    }))
    t.match(await call('POST /messages/batch', { ...ada, body: { messages } }), {
      status: 422,
      body: { code: 'recipient_unknown', errors: [{ pointer: `/messages/${failing}/to` }] },
    })
  }
  t.same((await call('GET /messages', ada)).body, before)
})

t.test('A batch has 1 to 100 messages, and each validation error has its pointer', async (t) => {
  const good = { to: bob.id, content: 'hello' }
  const batch = (messages: unknown) => call('POST /messages/batch', { ...ada, body: { messages } })
  t.equal((await batch(Array(100).fill(good))).status, 201)
  for (const messages of [[], Array(101).fill(good), Array(200_000).fill(0), 'none']) {
    t.match(await batch(messages), {
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer: '/messages' }] },
    })
  }
  const { body } = await batch([good, { to: 'x', content: 'hello' }, { ...good, more: 1 }])
  t.match(body.errors, [{ pointer: '/messages/1/to' }, { pointer: '/messages/2/more' }])
})

t.test('A message must have 1 to 10,000 code points', async (t) => {
  t.match(await send(ada, bob, ''), { status: 422, body: { errors: [{ pointer: '/content' }] } })
  t.match(await send(ada, bob, '🦉'.repeat(10_000)), { status: 201 })
  t.match(await send(ada, bob, '🦉'.repeat(10_001)), { status: 422 })
  for (const content of ['a\u0000b', '\ud800']) {
    t.match(await send(ada, bob, content), { status: 422, body: { code: 'validation_failed' } })
  }
})

t.test('The list of messages can be filtered by box and user, and read in pages', async (t) => {
  const [dora, emil, fred] = [await arrive('dora'), await arrive('emil'), await arrive('fred')]
  for (const [from, to, content] of [
    [dora, emil, '1'],
    [emil, dora, '2'],
    [dora, dora, '3'],
    [fred, dora, '4'],
    [dora, emil, '5'],
    [emil, fred, '6'],
  ] as const) {
    await send(from, to, content)
  }
  const list = async (query: string) => (await call(`GET /messages${query}`, dora)).body
  const contents = async (query: string) =>
    (await list(query)).items.map((message: { content: string }) => message.content).join(' ')
  t.equal(await contents(''), '5 4 3 2 1')
  t.equal(await contents('?box=inbox'), '4 3 2')
  t.equal(await contents('?box=sent'), '5 3 1')
  t.equal(await contents(`?with=${emil.id}`), '5 2 1')
  t.equal(await contents(`?with=${emil.id}&box=inbox`), '2')
  t.equal(await contents(`?with=${dora.id}`), '3')
  t.equal(await contents(`?with=${randomUUID()}`), '')
  const { nextCursor } = await list('?limit=2')
  t.equal(await contents(`?limit=2&before=${nextCursor}`), '3 2')
  t.equal(await contents(`?after=${nextCursor}`), '5', 'newer messages, oldest first')
  const second = await list(`?limit=3&before=${nextCursor}`)
  t.equal(second.nextCursor, undefined, 'a page that ends at the last message has no next page')
})

t.test('The newest cursor of any page, even of an empty one, gets what came later', async (t) => {
  const [hans, ivar] = [await arrive('hans'), await arrive('ivar')]
  const list = async (query: string) => (await call(`GET /messages${query}`, hans)).body
  const later = async ({ newestCursor }: { newestCursor: string }) => {
    const page = await list(`?after=${newestCursor}`)
    return page.items.map(({ content }: { content: string }) => content).join(' ')
  }
  const empty = await list('')
  for (const content of ['1', '2', '3']) await send(ivar, hans, content)
  t.equal(await later(empty), '1 2 3', 'after a list without messages')
  const newest = await list('?limit=2')
  const oldest = await list(`?before=${newest.nextCursor}`)
  t.strictSame([await later(newest), await later(oldest)], ['', '2 3'])
  const end = await list(`?after=${newest.newestCursor}`)
  await send(ivar, hans, '4')
  t.equal(await later(end), '4', 'after an empty page at the end')
  t.equal(await later(await list(`?after=${oldest.newestCursor}&limit=1`)), '3 4')
  t.equal(await later(await list('?q=3')), '4', 'after a search')
})

t.test('A page of messages includes its users on request', async (t) => {
  const [ines, jens, kira] = [await arrive('ines'), await arrive('jens'), await arrive('kira')]
  for (const to of [jens, kira, jens, ines]) await send(ines, to, 'needle')
  const named = (...people: Person[]) => people.map(({ id, username }) => ({ id, username }))
  const ask = async (query: string) => (await call(`GET /messages?${query}`, ines)).body
  t.same((await ask('include=users')).users, named(ines, jens, kira))
  t.same((await ask('include=users&limit=2')).users, named(ines, jens), 'only those of the page')
  t.same((await ask(`include=users&q=needle&with=${kira.id}`)).users, named(ines, kira))
  t.same((await ask('include=users&q=missing')).users, [])
  const { users, ...page } = await ask('include=users')
  t.same(await ask(''), page, 'the rest of the page is the same')
  t.match(await call('GET /messages?include=blocks', ines), {
    status: 422,
    body: { errors: [{ parameter: 'include' }] },
  })
})

t.test(
  'One message includes its users on request, with an entity tag that names them',
  async (t) => {
    const [lena, milo] = [await arrive('lena'), await arrive('milo')]
    const { body: message } = await send(lena, milo, 'Who are you?')
    const ask = (headers = {}) =>
      call(`GET /messages/${message.id}?include=users`, { ...lena, headers })
    const users = [lena, milo].map(({ id, username }) => ({ id, username }))
    const before = await ask()
    t.same(before.body, { ...message, users })
    const ifNoneMatch = { 'if-none-match': before.headers.etag }
    t.equal((await ask(ifNoneMatch)).status, 304)
    await call('PUT /users/me/username', { ...milo, body: { username: 'milo-the-2nd' } })
    const after = await ask(ifNoneMatch)
    t.match(after, { status: 200, body: { version: 1 } })
    t.ok(after.body.users.some(({ username }: Person) => username === 'milo-the-2nd'))
    const ifMatch = { 'if-match': before.headers.etag }
    const edit = { ...lena, headers: ifMatch, body: { content: 'And now?' } }
    t.equal((await call(`PATCH /messages/${message.id}`, edit)).status, 200, 'no new version')
    t.equal((await call(`PATCH /messages/${message.id}`, edit)).status, 412)
  },
)

t.test('The message list rejects an invalid query and names the parameter', async (t) => {
  for (const [query, parameter] of [
    ['box=outbox', 'box'],
    ['with=ada', 'with'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['before=abc', 'before'],
    [`before=${Buffer.from('sessions:1').toString('base64url')}`, 'before'],
    [`before=${Buffer.from('messages:0').toString('base64url')}`, 'before'],
    ['page=2', 'page'],
  ] as const) {
    t.match(
      await call(`GET /messages?${query}`, ada),
      { status: 422, body: { code: 'validation_failed', errors: [{ parameter }] } },
      query,
    )
  }
})
