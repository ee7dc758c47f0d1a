// GET /stream: which events each user receives, and in which form.
import t from 'tap'
import { served } from '../../support/http/served.ts'
import { idOf } from '../../support/ids.ts'
import { follow, type Reader } from '../../support/live-updates/reader.ts'

const origin = 'https://app.example'
const { server, another, arrive, send, owner } = await served(t, { CORS_ORIGINS: origin })
const secondUrl = await another()
const [ada, bob, eve] = [await arrive('ada'), await arrive('bob'), await arrive('eve')]
type Person = typeof ada

/** Sends a message; returns the frame expected for it. */
async function say(from: Person, to: Person, content: string) {
  const body = { to: to.user.id, content }
  const { data, response } = await from.client.POST('/messages', { body })
  return { id: response.headers.get('epistle-position') ?? '', event: 'message_sent', data }
}
const contains = (content: string) => (frame: { data: { content?: string } }) =>
  frame.data.content === content

t.test('A stream begins with a ready frame and the current position', async (t) => {
  const { id } = await say(ada, bob, 'before')
  const reader = await follow(t, server.url, ada.token)
  const first = await reader.until(() => true)
  t.strictSame(first, { id, event: 'ready', data: {} })
})

t.test('A stream on any server contains a message only for its sender and recipient', async (t) => {
  const readers = await Promise.all([
    follow(t, server.url, ada.token),
    follow(t, secondUrl, ada.token),
    follow(t, secondUrl, bob.token),
  ])
  const stranger = await follow(t, server.url, eve.token)
  const sent = await say(ada, bob, 'one line:\nno\r\nmore \u2028 😀')
  const { id = '' } = sent.data ?? {}
  const { data } = await bob.client.GET('/messages/{id}', { params: { path: { id } } })
  t.strictSame(sent.data, data)
  for (const reader of readers) {
    t.match(await reader.until(({ event }) => event === 'message_sent'), sent)
    t.equal(reader.frames.length, 2, 'ready and the message')
  }
  await say(bob, eve, 'to Eve')
  await stranger.until(contains('to Eve'))
  t.equal(stranger.frames.length, 2, 'other users do not receive it')
})

t.test('A stream contains a message to oneself once', async (t) => {
  const reader = await follow(t, server.url, ada.token)
  const sent = [await say(ada, ada, 'note'), await say(ada, ada, 'another')]
  await reader.until(contains('another'))
  t.match(reader.frames, [{ event: 'ready' }, ...sent])
  t.equal(reader.frames.length, 3)
})

t.test('A stream contains the messages of a batch in order, each with its position', async (t) => {
  const reader = await follow(t, server.url, bob.token)
  const messages = ['1', '2', '3'].map((content) => ({ to: bob.user.id, content }))
  const { data, response } = await ada.client.POST('/messages/batch', { body: { messages } })
  await reader.until(contains('3'))
  const [, ...frames] = reader.frames
  t.match(
    frames.map((frame) => frame.data),
    data?.items,
  )
  const last = Number(response.headers.get('epistle-position'))
  t.strictSame(
    frames.map(({ id }) => Number(id)),
    [last - 2, last - 1, last],
  )
})

t.test('A stream contains a message inserted by SQL', async (t) => {
  const reader = await follow(t, server.url, bob.token)
  await owner.query(
    `insert into log.message_sent_3 (id, src_id, dst_id, content) values ($1, $2, $3, 'psql')`,
    [idOf(1), ada.user.id, bob.user.id],
  )
  t.match(await reader.until(contains('psql')), { data: { id: idOf(1), from: ada.user.id } })
})

t.test('A receipt is streamed to both users and sets the readAt of the sender', async (t) => {
  const sent = await say(ada, bob, 'read this')
  const { id: upTo = '' } = sent.data ?? {}
  const readers = await Promise.all([
    follow(t, server.url, ada.token),
    follow(t, secondUrl, bob.token),
    follow(t, server.url, eve.token),
  ])
  for (const reader of readers) await reader.until(({ event }) => event === 'ready')
  const { response } = await bob.client.PUT('/conversations/{userId}/read', {
    params: { path: { userId: ada.user.id } },
    body: { upTo },
  })
  t.equal(response.status, 204)
  const [toAda, toBob, toEve] = readers as [Reader, Reader, Reader]
  const isReceipt = ({ event }: { event: string }) => event === 'conversation_read'
  const receipts = [await toAda.until(isReceipt), await toBob.until(isReceipt)]
  const id = response.headers.get('epistle-position')
  const { data: message } = await ada.client.GET('/messages/{id}', {
    params: { path: { id: upTo } },
  })
  const { readAt } = message ?? {}
  t.ok(readAt)
  const receipt = { by: bob.user.id, upTo, readAt }
  t.match(receipts, [
    { id, event: 'conversation_read', data: { with: bob.user.id, ...receipt } },
    { id, event: 'conversation_read', data: { with: ada.user.id, ...receipt } },
  ])
  await say(eve, eve, 'after the receipt')
  await toEve.until(contains('after the receipt'))
  t.notOk(toEve.frames.some(isReceipt), 'other users do not receive it')

  const before = String(BigInt(sent.id) - 1n)
  for (const [token, expected] of [
    [ada.token, [{ ...sent, data: message }, receipts[0]]],
    [bob.token, [sent, receipts[1]]],
  ] as const) {
    const resumed = await follow(t, server.url, token, before)
    await resumed.until(isReceipt)
    t.match(resumed.frames, expected, 'a resumed stream contains it as well')
  }
})

t.test('Edits and deletions are streamed to both users, without the deleted content', async (t) => {
  const kept = await say(ada, bob, 'with a typo')
  const gone = await say(ada, bob, 'a secret')
  const readers = [await follow(t, server.url, ada.token), await follow(t, secondUrl, bob.token)]
  for (const reader of readers) await reader.until(({ event }) => event === 'ready')
  const pathOf = ({ data }: typeof kept) => ({ params: { path: { id: data?.id ?? '' } } })
  const changed = async (answer: Promise<{ response: Response }>) =>
    (await answer).response.headers.get('epistle-position')
  const edit = (content: string) =>
    changed(ada.client.PATCH('/messages/{id}', { ...pathOf(kept), body: { content } }))
  const ids = [await edit('with two'), await edit('without')]
  const deleted = await changed(ada.client.DELETE('/messages/{id}', pathOf(gone)))
  const now = (await bob.client.GET('/messages/{id}', pathOf(kept))).data
  const tombstone = (await bob.client.GET('/messages/{id}', pathOf(gone))).data
  t.match(tombstone, { content: null, deletedAt: String })
  for (const reader of readers) {
    await reader.until(({ event }) => event === 'message_deleted')
    t.match(reader.frames.slice(1), [
      { id: ids[0], event: 'message_edited', data: { id: now?.id } },
      { id: ids[1], event: 'message_edited', data: now },
      { id: deleted, event: 'message_deleted', data: tombstone },
    ])
    t.equal(reader.frames.length, 4)
  }
  for (const { token } of [ada, bob]) {
    const resumed = await follow(t, server.url, token, String(BigInt(kept.id) - 1n))
    await resumed.until(({ event }) => event === 'message_deleted')
    t.match(
      resumed.frames,
      [
        { ...kept, data: now },
        { ...gone, data: tombstone },
        { id: ids[0], event: 'message_edited', data: now },
        { id: ids[1], event: 'message_edited', data: now },
        { id: deleted, event: 'message_deleted', data: tombstone },
      ],
      'a resumed stream contains the current messages',
    )
    const later = await follow(t, secondUrl, token, String(ids[0]))
    await later.until(({ event }) => event === 'message_deleted')
    t.strictSame(later.frames, resumed.frames.slice(3), 'a stream can resume between two edits')
  }
})

t.test('A clientId is in the response and on the streams of its own user', async (t) => {
  const mine = await follow(t, server.url, ada.token)
  const theirs = await follow(t, secondUrl, bob.token)
  const { id: before } = await mine.until(() => true)
  const to = bob.user.id
  const sent = await ada.client.POST('/messages', { body: { to, content: 'a', clientId: 'a-1' } })
  const messages = [
    { to, content: 'b', clientId: 'b-1' },
    { to, content: 'c' },
  ]
  const batch = await ada.client.POST('/messages/batch', { body: { messages } })
  const path = { id: sent.data?.id ?? '' }
  const body = { content: 'd', clientId: 'x'.repeat(64) }
  const edited = await ada.client.PATCH('/messages/{id}', { params: { path }, body })
  await ada.client.DELETE('/messages/{id}', { params: { path, query: { clientId: 'e-1' } } })
  const upTo = batch.data?.items[1]?.id ?? ''
  const conversation = { params: { path: { userId: ada.user.id } } }
  const read = { ...conversation, body: { upTo, clientId: 'f-1' } }
  await bob.client.PUT('/conversations/{userId}/read', read)
  const answered = [sent.data, ...(batch.data?.items ?? []), edited.data]
  const ids = ['a-1', 'b-1', undefined, body.clientId, 'e-1', undefined]
  t.strictSame(
    answered.map((message) => message?.clientId),
    ids.slice(0, 4),
  )
  const resumed = [before, before].map((id, n) =>
    follow(t, secondUrl, [ada, bob][n]?.token ?? '', id),
  )
  const [mineAgain, theirsAgain] = (await Promise.all(resumed)) as [Reader, Reader]
  for (const reader of [mine, mineAgain, theirs, theirsAgain]) {
    await reader.until(({ event }) => event === 'conversation_read')
    const shown = reader.frames.flatMap(({ event, data }) =>
      event === 'ready' ? [] : [data.clientId],
    )
    const ofBob = [...ids.slice(0, 5).map(() => undefined), 'f-1']
    t.strictSame(shown, [mine, mineAgain].includes(reader) ? ids : ofBob)
  }
  for (const { token } of [ada, bob]) {
    t.notMatch(await (await send(`/messages?with=${ada.user.id}`, { token })).text(), 'clientId')
  }
  const long = { to, content: 'a', clientId: 'x'.repeat(65) }
  const refused = await ada.client.POST('/messages', { body: long })
  t.match(refused.error, { errors: [{ pointer: '/clientId' }] })
})

t.test('A stream request without a session is rejected with 401 before validation', async (t) => {
  const answer = await send('/stream', { headers: { 'last-event-id': 'abc' } })
  t.equal(answer.status, 401)
  t.match(await answer.json(), { code: 'unauthenticated' })
})

t.test('The stream response has headers against caching, buffering and sniffing', async (t) => {
  const headers = { authorization: `Bearer ${ada.token}`, origin }
  const stop = new AbortController()
  const answer = await fetch(`${server.url}/stream`, { headers, signal: stop.signal })
  t.equal(answer.status, 200)
  t.match(Object.fromEntries(answer.headers), {
    'content-type': 'text/event-stream',
    'x-accel-buffering': 'no',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': /./,
    'access-control-allow-origin': origin,
  })
  stop.abort()
  const preflight = await fetch(`${server.url}/stream`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  t.match(preflight.headers.get('access-control-allow-headers'), /Authorization.*Last-Event-ID/)
})

t.test('A HEAD request for the stream gets its headers and opens none', async (t) => {
  const answer = await send('/stream', { method: 'HEAD', token: ada.token })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'text/event-stream')
  t.equal(await answer.text(), '')
  t.equal((await send('/stream', { method: 'HEAD' })).status, 401)
})
