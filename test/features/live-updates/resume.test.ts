// GET /stream with Last-Event-ID: where it resumes, the missed events, and which values are rejected.
import t from 'tap'
import { append, messageSent } from '../../support/append-requests.ts'
import { served } from '../../support/http/served.ts'
import { idOf } from '../../support/ids.ts'
import { follow, type Reader } from '../../support/live-updates/reader.ts'

const { server, another, arrive, send, owner } = await served(t)
const secondUrl = await another()
const [ada, bob, eve] = [await arrive('ada'), await arrive('bob'), await arrive('eve')]
type Person = typeof ada

/** Sends a message; returns the frame expected for it. */
async function say(from: Person, to: Person, content: string) {
  const body = { to: to.user.id, content }
  const { data, response } = await from.client.POST('/messages', { body })
  return { id: response.headers.get('epistle-position') ?? '', event: 'message_sent', data }
}
const contents = ({ frames }: Reader) => frames.map(({ data }) => data.content)
const contains = (content: string) => (frame: { data: { content?: string } }) =>
  frame.data.content === content

t.test('A stream resumes on any server without gaps or duplicates', async (t) => {
  const first = await follow(t, server.url, bob.token)
  const { id } = await first.until(({ event }) => event === 'ready')
  first.leave()
  const many = Array.from({ length: 70 }, (_, n) => `message ${n}`)
  for (const from of [ada, bob]) {
    const messages = many.map((content) => ({ to: bob.user.id, content }))
    await from.client.POST('/messages/batch', { body: { messages } })
  }
  await say(ada, eve, 'not for Bob')
  const all = [...many, ...many]
  const second = await follow(t, secondUrl, bob.token, id)
  const last = await say(eve, bob, 'live')
  await second.until(contains('live'))
  t.strictSame(contents(second), [...all, 'live'], 'missed messages first, then live ones')
  t.match(second.text(), /^retry: 1000\n\nid:/, 'a resumed stream has no ready frame')

  const middle = second.frames[99]?.id ?? ''
  const third = await follow(t, server.url, bob.token, middle)
  await third.until(contains('live'))
  t.strictSame(contents(third), [...all.slice(100), 'live'])

  const fourth = await follow(t, server.url, bob.token, last.id)
  await say(ada, bob, 'after it')
  await fourth.until(contains('after it'))
  t.strictSame(contents(fourth), ['after it'], 'a stream can resume from the end of the log')
})

t.test('A stream with Last-Event-ID 0 starts at the first event', async (t) => {
  const reader = await follow(t, server.url, eve.token, '0')
  const sent = await say(eve, eve, 'the last')
  await reader.until(contains('the last'))
  const { data } = await eve.client.GET('/messages', { params: { query: { limit: 100 } } })
  t.match(
    reader.frames.map((frame) => frame.data),
    data?.items.toReversed(),
  )
  t.match(reader.frames.at(-1), sent)
})

t.test('The query parameter lastEventId resumes a stream as the header does', async (t) => {
  const one = await say(ada, ada, 'the first of two')
  const two = await say(ada, ada, 'the second of two')
  const open = async (id: string, headers: Record<string, string> = {}) => {
    const init = { headers: { ...headers, authorization: `Bearer ${ada.token}` } }
    const response = await fetch(`${server.url}/stream?lastEventId=${id}`, init)
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      if (text.includes('the second of two')) break
    }
    return { text, response }
  }
  const { text, response } = await open(one.id)
  t.notMatch(text, /ready|the first/)
  t.equal(response.headers.get('cache-control'), 'no-store, no-transform')
  const both = await open(two.id, { 'last-event-id': String(BigInt(one.id) - 1n) })
  t.match(both.text, 'the first of two', 'the header wins')
  for (const bad of ['', 'abc', '9'.repeat(19), '9'.repeat(20)]) {
    const answer = await send(`/stream?lastEventId=${bad}`, { token: ada.token })
    t.match(await answer.json(), { errors: [{ parameter: 'lastEventId' }] })
  }
})

t.test('A Last-Event-ID that is not a number or beyond the log is rejected', async (t) => {
  const { id } = await say(ada, ada, 'the end')
  const beyond = [String(BigInt(id) + 1n), '9223372036854775807', '9'.repeat(19)]
  for (const bad of ['', 'abc', '-1', '1.5', '0x1', '1 2', '9'.repeat(40), ...beyond]) {
    const answer = await send('/stream', { token: ada.token, headers: { 'last-event-id': bad } })
    const isBeyond = beyond.includes(bad)
    t.equal(answer.status, isBeyond ? 412 : 422, bad)
    const code = isBeyond ? 'position_unknown' : 'validation_failed'
    t.match(await answer.json(), { code, errors: [{ parameter: 'Last-Event-ID' }] })
  }
})

t.test('A resumed stream contains an edit of the same time as its last frame', async (t) => {
  const { data } = await say(ada, bob, 'to be edited')
  const id = data?.id ?? ''
  const [first, second] = await append(owner, [
    messageSent(idOf(3), ada.user.id, bob.user.id),
    {
      events: [
        {
          stream_id: id,
          stream_version: 2,
          type: 'message_edited_5',
          data: {
            id: idOf(4),
            message_id: id,
            src_id: ada.user.id,
            dst_id: bob.user.id,
            content: 'edited',
          },
        },
      ],
    },
  ])
  t.equal(first?.recorded_at, second?.recorded_at, 'both have the same time')
  const resumed = await follow(t, server.url, bob.token, first?.position)
  t.match(await resumed.until(() => true), { id: second?.position, event: 'message_edited' })
})

t.test('A stream skips an event of a later release and continues after it', async (t) => {
  await owner.query(`
    create table log.message_pinned_99 (
      id uuid not null, message_id uuid not null, recorded_at timestamptz not null,
      position bigint constraint message_pinned_99_pkey primary key);
    call log.event_table('message_pinned_99', aggregate => 'message', stream => 'message_id')`)
  const sent = await say(ada, bob, 'to be pinned')
  const { id = '' } = sent.data ?? {}
  const reader = await follow(t, server.url, bob.token)
  await reader.until(({ event }) => event === 'ready')
  const body = { content: 'edited' }
  await ada.client.PATCH('/messages/{id}', { params: { path: { id } }, body })
  await owner.query('insert into log.message_pinned_99 (id, message_id) values ($1, $2)', [
    idOf(2),
    id,
  ])
  await say(ada, bob, 'after the pin')
  const resumed = await follow(t, server.url, bob.token, sent.id)
  for (const each of [reader, resumed]) {
    await each.until(contains('after the pin'))
    t.strictSame(
      each.frames.filter(({ event }) => event !== 'ready').map(({ event }) => event),
      ['message_edited', 'message_sent'],
    )
  }
})
