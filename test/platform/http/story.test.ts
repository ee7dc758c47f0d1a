// Every operation at least once, through the generated client against a listening server. Each
// response is compared with the OpenAPI document.
import t from 'tap'
import { operationIds } from '../../support/http/conform.ts'
import { mailStories } from '../../support/http/mail-story.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'

const service = await servedWithMail(t)
const { client, arrive, succeeded, startWorker } = service

t.test('A user registers, logs in and reads their profile', async (t) => {
  const body = { email: 'Ada@Example.org', username: 'Ada', password }
  const registered = await client().POST('/users', { body })
  t.match(registered.data, { email: 'Ada@Example.org', username: 'ada', registeredAt: /Z$/ })
  const login = await client().POST('/sessions', { body: { email: 'ada@example.ORG', password } })
  t.match(login.data?.user, registered.data)
  const ada = client(login.data?.token)
  const me = await ada.GET('/users/me')
  t.same(me.data, registered.data)
  t.equal(me.response.headers.get('etag'), registered.response.headers.get('etag'))
  t.equal(
    registered.response.headers.get('location'),
    `/users/${login.data?.user.id}`,
    'the location is relative',
  )
})

t.test('Two users find each other and exchange messages', async (t) => {
  const [grace, alan] = [await arrive('grace'), await arrive('alan')]
  const found = await grace.client.GET('/users', { params: { query: { username: 'al' } } })
  t.same(found.data, { items: [{ id: alan.user.id, username: 'alan' }] })
  const path = { id: alan.user.id }
  t.same((await grace.client.GET('/users/{id}', { params: { path } })).data, {
    id: alan.user.id,
    username: 'alan',
  })
  const sent = await grace.client.POST('/messages', {
    body: { to: alan.user.id, content: 'Hello, Alan! 👋' },
  })
  t.match(sent.data, { from: grace.user.id, to: alan.user.id, content: 'Hello, Alan! 👋' })
  const together = await alan.client.POST('/messages/batch', {
    body: { messages: [{ to: grace.user.id, content: 'Hello!' }] },
    params: { header: { 'Idempotency-Key': 'hello' } },
  })
  t.match(together.data, { items: [{ to: grace.user.id, content: 'Hello!' }] })
  const inbox = await alan.client.GET('/messages', { params: { query: { box: 'inbox' } } })
  t.same(inbox.data, { items: [sent.data], newestCursor: inbox.data?.newestCursor })
  const one = { params: { path: { id: sent.data?.id ?? '' } } }
  t.same((await alan.client.GET('/messages/{id}', one)).data, sent.data)
  const stranger = await arrive('eve')
  t.equal((await stranger.client.GET('/messages/{id}', one)).error?.code, 'not_found')
})

t.test('A message starts a conversation, and its recipient marks it as read', async (t) => {
  const [edith, noor] = [await arrive('edith'), await arrive('noor')]
  const sent = await edith.client.POST('/messages', {
    body: { to: noor.user.id, content: 'Are you there?' },
  })
  const lastMessage = sent.data
  const conversation = {
    with: { id: edith.user.id, username: 'edith' },
    lastMessage,
    unread: 1,
    blocked: false,
  }
  const list = await noor.client.GET('/conversations')
  t.same(list.data, { items: [conversation], unreadTotal: 1 })
  const path = { userId: edith.user.id }
  const one = await noor.client.GET('/conversations/{userId}', { params: { path } })
  t.same(one.data, conversation)
  const read = await noor.client.PUT('/conversations/{userId}/read', {
    params: { path },
    body: { upTo: sent.data?.id ?? '' },
  })
  t.equal(read.response.status, 204)
  t.match((await noor.client.GET('/conversations')).data, { unreadTotal: 0 })
  const { data } = await edith.client.GET('/messages')
  t.match(data?.items, [{ ...sent.data, readAt: /Z$/ }])
})

t.test('A sender edits and deletes a message', async (t) => {
  const [iris, yoko] = [await arrive('iris'), await arrive('yoko')]
  const sent = await iris.client.POST('/messages', { body: { to: yoko.user.id, content: 'Helo' } })
  const path = { id: sent.data?.id ?? '' }
  const reported = { params: { path }, body: { reason: 'Not what we agreed on' } }
  t.equal((await yoko.client.POST('/messages/{id}/reports', reported)).response.status, 204)
  const edited = await iris.client.PATCH('/messages/{id}', {
    params: { path, header: { 'If-Match': sent.response.headers.get('etag') ?? '' } },
    body: { content: 'Hello' },
  })
  t.match(edited.data, { ...sent.data, content: 'Hello', editedAt: /Z$/, version: 2 })
  t.same((await yoko.client.GET('/messages/{id}', { params: { path } })).data, edited.data)
  const deleted = await iris.client.DELETE('/messages/{id}', { params: { path } })
  t.equal(deleted.response.status, 204)
  const tombstone = await yoko.client.GET('/messages/{id}', { params: { path } })
  t.match(tombstone.data, { content: null, deletedAt: /Z$/ })
})

t.test('A blocked user cannot send messages until the block ends', async (t) => {
  const [alma, bert] = [await arrive('alma'), await arrive('bert')]
  const blocking = { params: { path: { userId: bert.user.id } } }
  t.equal((await alma.client.PUT('/blocks/{userId}', blocking)).response.status, 204)
  t.match((await alma.client.GET('/blocks')).data, {
    items: [{ id: bert.user.id, username: 'bert', blockedAt: /Z$/ }],
  })
  const body = { to: alma.user.id, content: 'Hello?' }
  t.equal((await bert.client.POST('/messages', { body })).error?.code, 'blocked')
  t.equal((await alma.client.DELETE('/blocks/{userId}', blocking)).response.status, 204)
  t.equal((await bert.client.POST('/messages', { body })).response.status, 201)
})

t.test('Pages lead through a list in both directions', async (t) => {
  const me = await arrive('emmy')
  const contents = ['1', '2', '3', '4', '5']
  for (const content of contents) {
    await me.client.POST('/messages', { body: { to: me.user.id, content } })
  }
  const page = async (query: { before?: string; after?: string }) => {
    const { data } = await me.client.GET('/messages', { params: { query: { ...query, limit: 2 } } })
    return { shown: data?.items.map(({ content }) => content), next: data?.nextCursor ?? '' }
  }
  const first = await page({})
  t.same(first.shown, ['5', '4'])
  const second = await page({ before: first.next })
  t.same(second.shown, ['3', '2'])
  t.same(await page({ before: second.next }), { shown: ['1'], next: '' })
  const back = await page({ after: second.next })
  t.same(back.shown, ['3', '4'])
  t.same(await page({ after: back.next }), { shown: ['5'], next: '' })
})

t.test('A new password ends all sessions except the one that set it', async (t) => {
  const here = await arrive('rosa')
  const there = await client().POST('/sessions', { body: { email: here.email, password } })
  const changed = await here.client.PUT('/users/me/password', {
    params: { header: { 'If-Match': '"1"' } },
    body: { currentPassword: password, newPassword: 'other words entirely' },
  })
  t.equal(changed.response.status, 204)
  t.equal(changed.response.headers.get('etag'), '"2"')
  t.equal(changed.response.headers.get('content-type'), null)
  t.equal((await client(there.data?.token).GET('/users/me')).response.status, 401)
  const past = await here.client.GET('/users/me/history', { params: { query: { limit: 1 } } })
  t.match(past.data, { items: [{ type: 'password_changed', sessionId: here.id }] })
  const left = await here.client.GET('/sessions')
  t.match(left.data, { items: [{ id: here.id, current: true }] })
  t.equal(left.data?.items.length, 1)
})

t.test('A user labels a session and ends all others', async (t) => {
  const here = await arrive('tim')
  const login = { email: here.email, password, label: 'phone' }
  const there = await client().POST('/sessions', { body: login })
  const params = { params: { path: { id: here.id } } }
  const labelled = await here.client.PATCH('/sessions/{id}', {
    ...params,
    body: { label: ' desk ' },
  })
  t.match(labelled.data, { id: here.id, label: 'desk', userAgent: 'node', current: true })
  t.equal((await here.client.DELETE('/sessions')).response.status, 204)
  t.equal((await client(there.data?.token).GET('/users/me')).response.status, 401)
  t.match((await here.client.GET('/sessions')).data, { items: [{ label: 'desk' }] })
})

t.test('A user ends their sessions one by one', async (t) => {
  const here = await arrive('max')
  const there = await client().POST('/sessions', { body: { email: here.email, password } })
  const path = { id: there.data?.id ?? '' }
  const ended = await here.client.DELETE('/sessions/{id}', { params: { path } })
  t.equal(ended.response.status, 204)
  t.equal((await client(there.data?.token).GET('/sessions')).error?.code, 'unauthenticated')
  t.equal((await here.client.DELETE('/sessions/current')).response.status, 204)
  t.equal((await here.client.GET('/sessions')).error?.code, 'unauthenticated')
})

t.test('The service reports its version and health and explains its problems', async (t) => {
  t.match((await client().GET('/')).data, { name: 'Epistle', docs: '/docs' })
  t.match((await client().GET('/settings')).data, { productName: 'Epistle', sessionDays: 30 })
  t.same((await client().GET('/livez')).data, { status: 'alive' })
  t.same((await client().GET('/readyz')).data, { status: 'ready' })
  const text = { parseAs: 'text' as const }
  t.match((await client().GET('/problems', text)).data, 'email_taken (409)')
  const one = { ...text, params: { path: { code: 'email_taken' } } }
  t.match((await client().GET('/problems/{code}', one)).data, 'already registered')
})

t.test('Live updates contain a message as soon as it is sent', async (t) => {
  const me = await arrive('hedy')
  const { data, response } = await me.client.GET('/stream', { parseAs: 'stream' })
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  await me.client.POST('/messages', { body: { to: me.user.id, content: 'frequency hopping' } })
  let received = ''
  for await (const text of data?.pipeThrough(new TextDecoderStream()) ?? []) {
    received += text
    if (received.includes('frequency hopping')) break
  }
  t.match(
    received,
    /^retry: 1000\nid: \d+\nevent: ready\ndata: {}\n\nid: \d+\nevent: message_sent\ndata: {"id"/,
  )
})

t.test('A client without a stream lists what it missed', async (t) => {
  const me = await arrive('radia')
  const start = await me.client.GET('/events')
  t.same(start.data?.items, [])
  const after = start.data?.position ?? ''
  const sent = await me.client.POST('/messages', { body: { to: me.user.id, content: 'a tree' } })
  const query = { after, wait: 30 }
  const { data } = await me.client.GET('/events', { params: { query } })
  t.match(data?.items, [{ event: 'message_sent', data: { id: sent.data?.id } }])
})

t.before(startWorker)
for (const [title, tell] of Object.entries(mailStories)) t.test(title, (t) => tell(t, service))

t.test('A user changes their username, and downloads everything recorded about them', async (t) => {
  const me = await arrive('lin')
  const renamed = await me.client.PUT('/users/me/username', { body: { username: 'linn' } })
  t.equal(renamed.response.status, 204)
  const { data } = await me.client.GET('/users/me/export', { parseAs: 'text' })
  t.match(data, /"type":"username_changed".*"username":"linn"/)
})

t.test('Every operation of the document was called and succeeded', (t) => {
  t.same([...succeeded].sort(), operationIds.toSorted())
  t.end()
})
