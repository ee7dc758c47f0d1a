// Clients disconnect and reconnect at random, to one of two servers, while users send, edit, delete and
// read messages and block a user over both. Each client receives each of its user's events exactly once, in position
// order.
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { served } from '../../support/http/served.ts'
import { type Frame, follow } from '../../support/live-updates/reader.ts'

const { server, another, arrive, client, owner } = await served(t, { LOG_LEVEL: 'silent' })
const urls = [server.url, await another()]
const people = await Promise.all(['ada', 'bob', 'eve', 'joe'].map(arrive))
/** Is blocked and unblocked, and exchanges no messages, which a block would reject. */
const blocked = await arrive('zoe')
type Person = (typeof people)[number]
const anyOf = <T>(things: readonly T[]) => things[randomInt(things.length)] as T

let writing = true

/** Sends to random users over either server until `writing` is false; also edits, deletes and reads. */
async function write(from: Person): Promise<void> {
  const clients = urls.map((url) => client(from.token, url))
  do {
    await block(anyOf(clients), anyOf(clients))
    const messages = Array.from({ length: randomInt(1, 4) }, () => ({
      to: anyOf(people).user.id,
      content: 'something',
    }))
    const { data, response } = await anyOf(clients).POST('/messages/batch', { body: { messages } })
    if (response.status !== 201) throw new Error(`expected 201 for a batch, got ${response.status}`)
    const [message] = data?.items ?? []
    const own = { params: { path: { id: message?.id ?? '' } } }
    const act = randomInt(4)
    if (act < 2) {
      await anyOf(clients).PATCH('/messages/{id}', { ...own, body: { content: `edited ${act}` } })
    }
    if (act === 1) await anyOf(clients).DELETE('/messages/{id}', own)
    if (act === 2) await read(from, anyOf(clients))
  } while (writing)
}

async function block(over: Person['client'], back: Person['client']): Promise<void> {
  const options = { params: { path: { userId: blocked.user.id } } }
  await over.PUT('/blocks/{userId}', options)
  await back.DELETE('/blocks/{userId}', options)
}

/** Marks the newest message that a user received as read. */
async function read({ user }: Person, over: Person['client']): Promise<void> {
  const { data } = await over.GET('/messages', { params: { query: { box: 'inbox', limit: 1 } } })
  const [message] = data?.items ?? []
  if (!message || message.from === user.id) return
  const path = { userId: message.from }
  await over.PUT('/conversations/{userId}/read', { params: { path }, body: { upTo: message.id } })
}

/** Records an event of each kind between two users, so that none depends on chance. */
async function begin(from: Person, to: Person): Promise<void> {
  const body = { to: to.user.id, content: 'hello' }
  const { data } = await from.client.POST('/messages', { body })
  await read(to, to.client)
  const own = { params: { path: { id: data?.id ?? '' } } }
  await from.client.PATCH('/messages/{id}', { ...own, body: { content: 'hello again' } })
  await from.client.DELETE('/messages/{id}', own)
}

/** Follows a stream up to a position, disconnecting again and again; returns all frames. */
async function followOn({ token }: Person, from: string, to: Promise<string>): Promise<Frame[]> {
  const received: Frame[] = []
  let last: string | undefined
  to.then((position) => {
    last = position
  })
  const position = () => received.at(-1)?.id ?? from
  while (last === undefined || BigInt(position()) < BigInt(last)) {
    const reader = await follow(t, anyOf(urls), token, position())
    await pause(randomInt(60))
    reader.leave()
    await reader.ended
    received.push(...reader.frames)
  }
  return received
}

t.test('Reconnecting clients receive each event exactly once, in position order', async (t) => {
  const first = await follow(t, server.url, people[0]?.token ?? '')
  const { id } = await first.until(() => true)
  // The last messages have one recipient each, so every client receives an event at the end.
  const end = Promise.withResolvers<string>()
  const readers = people.map((person) => followOn(person, id, end.promise))
  const [ada, ...others] = people as [Person, ...Person[]]
  for (const other of others) await begin(ada, other)
  const writers = people.map(write)
  await pause(3_000)
  writing = false
  await Promise.all(writers)
  const messages = others.map(({ user }) => ({ to: user.id, content: 'the end' }))
  const { response } = await ada.client.POST('/messages/batch', { body: { messages } })
  const last = BigInt(response.headers.get('epistle-position') ?? 0)
  end.resolve(String(last - BigInt(others.length) + 1n))
  for (const [n, received] of (await Promise.all(readers)).entries()) {
    const { rows } = await owner.query<{ id: string; event: string }>(
      `select e.position as id, regexp_replace(e.type, '_[0-9]+$', '') as event
       from log.events e
       left join log.message_sent_3 m on m.id = e.stream_id
       left join log.conversation_read_4 r on r.position = e.position
       left join log.user_blocked_6 b on b.position = e.position
       left join log.user_unblocked_6 u on u.position = e.position
       where e.position > $1 and e.position <= $2
         and $3 in (m.src_id, m.dst_id, r.user_id, r.with_id, b.user_id, u.user_id)
       order by e.position`,
      [id, received.at(-1)?.id, people[n]?.user.id],
    )
    const kinds = Object.entries(Object.groupBy(rows, ({ event }) => event))
    t.equal(kinds.length, 6, kinds.map(([event, all]) => `${all?.length} ${event}`).join(', '))
    t.strictSame(
      received.map(({ id, event }) => ({ id, event })),
      rows,
    )
  }
})

t.test('A client that loads a list and follows from its position misses nothing', async (t) => {
  const [ian, ...senders] = [await arrive('ian'), await arrive('kim'), await arrive('lea')]
  let isOver = false
  const sending = [...senders, ...senders].map(async ({ token }, n) => {
    const sender = client(token, urls[n % 2])
    const body = { to: ian.user.id, content: 'something' }
    while (!isOver) await sender.POST('/messages', { body })
  })
  const loads: { position: string; ids: string[] }[] = []
  for (let n = 0; n < 25; n++) {
    const query = { limit: 20 }
    const { data, response } = await client(ian.token, urls[n % 2]).GET('/messages', {
      params: { query },
    })
    const position = response.headers.get('epistle-position') ?? ''
    loads.push({ position, ids: data?.items.map(({ id }) => id) ?? [] })
    await pause(randomInt(20))
  }
  const middle = loads[12]?.position ?? ''
  const reader = await follow(t, server.url, ian.token, middle)
  isOver = true
  await Promise.all(sending)
  const { data } = await ian.client.POST('/messages', { body: { to: ian.user.id, content: 'end' } })
  await reader.until((frame) => frame.data.id === data?.id)
  const { rows } = await owner.query<{ id: string; position: string }>(
    'select id, position from log.message_sent_3 where dst_id = $1 order by position desc',
    [ian.user.id],
  )
  for (const { position, ids } of loads) {
    const shown = rows.filter((row) => BigInt(row.position) <= BigInt(position))
    t.strictSame(
      ids,
      shown.slice(0, 20).map(({ id }) => id),
    )
  }
  const followed = reader.frames.filter(({ event }) => event === 'message_sent')
  const later = rows.filter((row) => BigInt(row.position) > BigInt(middle)).reverse()
  t.ok(later.length > 1, 'messages were sent after the list was read')
  t.strictSame(
    followed.map(({ data }) => data.id),
    later.map(({ id }) => id),
  )
})
