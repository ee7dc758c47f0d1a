// Clients that are killed and come back at random, to one server or the other, while many write over
// both: each sees each of its messages exactly once, and in position order.
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { served } from '../http/served.ts'
import { type Frame, follow } from './reader.ts'

const { server, another, arrive, client, owner } = await served(t, { LOG_LEVEL: 'silent' })
const urls = [server.url, await another()]
const people = await Promise.all(['ada', 'bob', 'eve', 'joe'].map(arrive))
type Person = (typeof people)[number]
const anyOf = <T>(things: readonly T[]) => things[randomInt(things.length)] as T

let writing = true

/** Sends until it is told to stop, one message or several, to anybody, over either server. */
async function write(from: Person): Promise<void> {
  const clients = urls.map((url) => client(from.token, url))
  while (writing) {
    const messages = Array.from({ length: randomInt(1, 4) }, () => ({
      to: anyOf(people).user.id,
      content: 'something',
    }))
    const { response } = await anyOf(clients).POST('/messages/batch', { body: { messages } })
    if (response.status !== 201) throw new Error(`a batch was answered ${response.status}`)
  }
}

/** Follows until a position, killed and back again and again; everything it was told. */
async function read({ token }: Person, from: string, to: Promise<string>): Promise<Frame[]> {
  const told: Frame[] = []
  let last: string | undefined
  to.then((position) => {
    last = position
  })
  const position = () => told.at(-1)?.id ?? from
  while (last === undefined || BigInt(position()) < BigInt(last)) {
    const reader = await follow(t, anyOf(urls), token, position())
    await pause(randomInt(60))
    reader.leave()
    await reader.ended
    told.push(...reader.frames)
  }
  return told
}

t.test('each message is told exactly once, in position order', async (t) => {
  const first = await follow(t, server.url, people[0]?.token ?? '')
  const { id } = await first.until(() => true)
  // The end is one that everybody is told of.
  const end = Promise.withResolvers<string>()
  const readers = people.map((person) => read(person, id, end.promise))
  const writers = people.map(write)
  await pause(3_000)
  writing = false
  await Promise.all(writers)
  const [ada, ...others] = people as [Person, ...Person[]]
  const messages = others.map(({ user }) => ({ to: user.id, content: 'the end' }))
  const { response } = await ada.client.POST('/messages/batch', { body: { messages } })
  const last = BigInt(response.headers.get('epistle-position') ?? 0)
  end.resolve(String(last - BigInt(others.length) + 1n))
  for (const [n, told] of (await Promise.all(readers)).entries()) {
    const { rows } = await owner.query<{ position: string; id: string }>(
      `select position, id from log.message_sent_3
       where position > $1 and position <= $2 and $3 in (src_id, dst_id) order by position`,
      [id, told.at(-1)?.id, people[n]?.user.id],
    )
    t.ok(rows.length > 50, `${rows.length} messages of one of them`)
    t.strictSame(
      told.map((frame) => ({ position: frame.id, id: frame.data.id })),
      rows,
    )
  }
})
