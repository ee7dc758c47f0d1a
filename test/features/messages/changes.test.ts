// Editing and deleting over HTTP, as either of the two sees it.
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

t.test('an edited message is another for both, and says when', async (t) => {
  const message = await sent('Helo')
  const edited = await edit(ada, message, 'Hello')
  t.match(edited, { status: 200, headers: { etag: '"2"', 'epistle-position': /^\d+$/ } })
  t.match(edited.body, { ...message, content: 'Hello', editedAt: /Z$/ })
  for (const reader of [ada, bob]) t.same((await read(reader, message)).body, edited.body)
  t.same((await call('GET /messages?limit=1', bob)).body.items, [edited.body])
  t.same((await call(`GET /conversations/${ada.id}`, bob)).body.lastMessage, edited.body)
})

t.test('the same content again changes nothing', async (t) => {
  const message = await sent('Hello')
  const same = await edit(ada, message, 'Hello')
  t.same([same.status, same.body, same.headers.etag], [200, message, '"1"'])
  t.notOk('epistle-position' in same.headers)
})

t.test('a deleted message leaves a tombstone for both, and its content nowhere', async (t) => {
  const message = await sent('a secret, first')
  await edit(ada, message, 'a secret, then')
  const deleted = await remove(ada, message)
  t.match(deleted, { status: 204, headers: { 'epistle-position': /^\d+$/ }, body: undefined })
  const { id, from, to, sentAt } = message
  const tombstone = { id, from, to, content: null, sentAt, deletedAt: /Z$/ }
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

t.test('to delete it again changes nothing, to edit it is a conflict', async (t) => {
  const message = await sent('Oops')
  await remove(ada, message)
  const again = await remove(ada, message)
  t.equal(again.status, 204)
  t.notOk('epistle-position' in again.headers)
  t.match(await edit(ada, message, 'Back'), { status: 409, body: { code: 'conflict' } })
})

t.test('what was deleted unread is not unread, and what was read has its receipt', async (t) => {
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

t.test('nobody but the sender can do either, nor learn anything', async (t) => {
  const message = await sent('mine')
  for (const someone of [bob, cleo]) {
    for (const id of [message.id, randomUUID()]) {
      const stale = { 'if-match': '"7"' }
      for (const answer of [
        await edit(someone, { id }, 'x', stale),
        await remove(someone, { id }),
      ]) {
        t.match(answer, { status: 404, body: { code: 'not_found' } })
        t.notOk('etag' in answer.headers)
      }
    }
  }
  t.same((await read(ada, message)).body, message)
})

t.test('If-Match is held against the version', async (t) => {
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

t.test('of edits at once that name a version one is made, and of others all', async (t) => {
  const message = await sent('0')
  const named = await Promise.all(
    ['1', '2', '3'].map((content) => edit(ada, message, content, { 'if-match': '"1"' })),
  )
  t.same(named.map(({ status }) => status).sort(), [200, 412, 412])
  const others = await Promise.all(['4', '5'].map((content) => edit(ada, message, content)))
  t.same(
    others.map(({ status }) => status),
    [200, 200],
  )
  t.equal((await read(ada, message)).headers.etag, '"4"')
})

t.test('a content has 1 to 10,000 code points, as when it is sent', async (t) => {
  const message = await sent('Hello')
  for (const content of ['', 'x'.repeat(10_001)]) {
    t.match(await edit(ada, message, content), {
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer: '/content' }] },
    })
  }
  t.equal((await edit(ada, message, '🦉'.repeat(10_000))).status, 200)
})
