// Editing and deleting messages over HTTP, as sender and recipient see it.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openRoutes } from '../../support/http/routes.ts'

const { call, arrive } = await openRoutes(t)
const [ada, bob, cleo] = [await arrive('ada'), await arrive('bob'), await arrive('cleo')]
type Person = typeof ada

async function sent(content: string, from = ada, to = bob) {
  return (await call('POST /messages', { ...from, body: { to: to.id, content } })).body
}

const read = (reader: Person, { id }: { id: string }) => call(`GET /messages/${id}`, reader)
const edit = (by: Person, { id }: { id: string }, content: string, headers = {}) =>
  call(`PATCH /messages/${id}`, { ...by, body: { content }, headers })
const remove = (by: Person, { id }: { id: string }, headers = {}) =>
  call(`DELETE /messages/${id}`, { ...by, headers })

t.test('Both people see the new content and the edit time of an edited message', async (t) => {
  const message = await sent('Helo')
  const edited = await edit(ada, message, 'Hello')
  t.match(edited, { status: 200, headers: { etag: '"2"', 'epistle-position': /^\d+$/ } })
  t.match(edited.body, { ...message, content: 'Hello', editedAt: /Z$/, version: 2 })
  for (const reader of [ada, bob]) t.same((await read(reader, message)).body, edited.body)
  t.same((await call('GET /messages?limit=1', bob)).body.items, [edited.body])
  t.same((await call(`GET /conversations/${ada.id}`, bob)).body.lastMessage, edited.body)
})

t.test('Editing a message to the same content changes nothing', async (t) => {
  const message = await sent('Hello')
  const same = await edit(ada, message, 'Hello')
  t.same([same.status, same.body, same.headers.etag], [200, message, '"1"'])
  t.notOk('epistle-position' in same.headers)
})

t.test('A deleted message leaves a tombstone without content for both people', async (t) => {
  const message = await sent('a secret, first')
  await edit(ada, message, 'a secret, then')
  const deleted = await remove(ada, message)
  t.match(deleted, { status: 204, headers: { 'epistle-position': /^\d+$/ }, body: undefined })
  const { id, from, to, sentAt, position } = message
  const shown = { id, from, to, content: null, sentAt, position }
  const tombstone = { ...shown, version: 3, deletedAt: /Z$/ }
  for (const reader of [ada, bob]) {
    const { body } = await read(reader, message)
    t.match(body, tombstone)
    t.same(Object.keys(body).sort(), Object.keys(tombstone).sort())
    const list = await call('GET /messages?limit=1', reader)
    t.same(list.body.items, [body])
    const partner = reader === ada ? bob : ada
    t.same((await call(`GET /conversations/${partner.id}`, reader)).body.lastMessage, body)
  }
})

t.test('Deleting a deleted message changes nothing, and editing it is a conflict', async (t) => {
  const message = await sent('Oops')
  await remove(ada, message)
  const again = await remove(ada, message)
  t.equal(again.status, 204)
  t.notOk('epistle-position' in again.headers)
  t.match(await edit(ada, message, 'Back'), { status: 409, body: { code: 'conflict' } })
})

t.test('A deleted message is never unread, and a read one keeps its receipt', async (t) => {
  const [dora, emil] = [await arrive('dora'), await arrive('emil')]
  const messages = []
  for (const content of ['1', '2', '3']) messages.push(await sent(content, dora, emil))
  const [one, two, three] = messages
  await remove(dora, two)
  t.match((await call('GET /conversations', emil)).body, { unreadTotal: 2 })
  await call(`PUT /conversations/${dora.id}/read`, { ...emil, body: { upTo: two.id } })
  t.match((await call('GET /conversations', emil)).body, { unreadTotal: 1 })
  t.match((await read(dora, one)).body, { content: '1', readAt: /Z$/ })
  await remove(dora, three)
  t.match((await call('GET /conversations', emil)).body, {
    unreadTotal: 0,
    items: [{ lastMessage: { id: three.id, content: null }, unread: 0 }],
  })
})

t.test('Only the sender can edit or delete a message, and others learn nothing', async (t) => {
  const message = await sent('mine')
  for (const other of [bob, cleo]) {
    for (const id of [message.id, randomUUID()]) {
      const stale = { 'if-match': '"7"' }
      for (const answer of [await edit(other, { id }, 'x', stale), await remove(other, { id })]) {
        t.match(answer, { status: 404, body: { code: 'not_found' } })
        t.notOk('etag' in answer.headers)
      }
    }
  }
  t.same((await read(ada, message)).body, message)
})

t.test('Editing and deleting with If-Match require the current version', async (t) => {
  const message = await sent('one')
  t.equal((await read(bob, message)).headers.etag, '"1"')
  t.equal((await edit(ada, message, 'two', { 'if-match': '"1"' })).status, 200)
  for (const change of [
    edit(ada, message, 'three', { 'if-match': '"1"' }),
    edit(ada, message, 'two', { 'if-match': '"1"' }),
    remove(ada, message, { 'if-match': '"1"' }),
  ]) {
    t.match(await change, {
      status: 412,
      body: { code: 'version_mismatch' },
      headers: { etag: '"2"' },
    })
  }
  t.equal((await edit(ada, message, 'three', { 'if-match': '*' })).status, 200)
  t.equal((await remove(ada, message, { 'if-match': '"2", "3"' })).status, 204)
})

t.test('A message is 304 while it is unchanged, also by a receipt of its recipient', async (t) => {
  const message = await sent('one')
  const unless = (reader: Person, tag: string) =>
    call(`GET /messages/${message.id}`, { ...reader, headers: { 'if-none-match': tag } })
  t.match(await unless(ada, 'W/"1"'), { status: 304, body: undefined, headers: { etag: '"1"' } })
  await call(`PUT /conversations/${ada.id}/read`, { ...bob, body: { upTo: message.id } })
  const read = await unless(ada, '"1"')
  t.match(read, { status: 200, body: { readAt: /Z$/ }, headers: { etag: '"1.read"' } })
  t.equal((await unless(ada, '"1.read"')).status, 304)
  t.equal((await unless(bob, '"1"')).status, 304, 'the recipient sees no receipt')
  const edited = await edit(ada, message, 'two', { 'if-match': '"1.read"' })
  t.match(edited, { status: 200, headers: { etag: '"2.read"' } })
  t.match(await unless(ada, '"1.read"'), { status: 200, body: { content: 'two' } })
})

t.test('If-None-Match keeps a change from being made', async (t) => {
  const message = await sent('one')
  for (const tags of ['"1"', 'W/"1"', '*']) {
    const headers = { 'if-none-match': tags }
    t.equal((await edit(ada, message, 'two', headers)).status, 412, tags)
    t.equal((await remove(ada, message, headers)).status, 412, tags)
  }
  t.equal((await remove(ada, message, { 'if-none-match': '"7"' })).status, 204)
})

t.test('Only one of several concurrent edits with the same If-Match succeeds', async (t) => {
  const message = await sent('0')
  const conditional = await Promise.all(
    ['1', '2', '3'].map((content) => edit(ada, message, content, { 'if-match': '"1"' })),
  )
  t.same(conditional.map(({ status }) => status).sort(), [200, 412, 412])
  const unconditional = await Promise.all(['4', '5'].map((content) => edit(ada, message, content)))
  t.same(
    unconditional.map(({ status }) => status),
    [200, 200],
  )
  t.equal((await read(ada, message)).headers.etag, '"4"')
})

t.test('An edited message must have 1 to 10,000 code points', async (t) => {
  const message = await sent('Hello')
  for (const content of ['', 'x'.repeat(10_001)]) {
    t.match(await edit(ada, message, content), {
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer: '/content' }] },
    })
  }
  t.equal((await edit(ada, message, '🦉'.repeat(10_000))).status, 200)
})
