// What live updates contain beside the messages: the names of both users, the recipient's unread messages, and blocks.
import t from 'tap'
import { countedIn } from '../../../src/features/live-updates/events.ts'
import { listEventsAfter } from '../../../src/features/live-updates/queries.ts'
import { UnreadMessages } from '../../../src/features/live-updates/unread.ts'
import { served } from '../../support/http/served.ts'
import { follow, type Reader } from '../../support/live-updates/reader.ts'
import { until } from '../../support/until.ts'

const { another, arrive, owner } = await served(t)
const secondUrl = await another()
const [ada, bob] = [await arrive('ada'), await arrive('bob')]
type Person = typeof ada

const say = async (from: Person, to: Person, content: string) => {
  const { data } = await from.client.POST('/messages', { body: { to: to.user.id, content } })
  return { id: data?.id ?? '' }
}
const read = (by: Person, other: Person, upTo: string) =>
  by.client.PUT('/conversations/{userId}/read', {
    params: { path: { userId: other.user.id } },
    body: { upTo },
  })
const list = async ({ client }: Person, query = {}) => {
  const { data, response } = await client.GET('/events', { params: { query } })
  if (!data) throw new Error(`expected events, got ${response.status}`)
  return data
}

t.test('Events contain the exact unread messages of their conversation and of all', async (t) => {
  const [eve, joe] = [await arrive('eve'), await arrive('joe')]
  await say(ada, eve, 'unread before the stream')
  const stream = await follow(t, secondUrl, eve.token)
  const { id: start } = await stream.until(() => true)
  const sent: string[] = []
  const send = (from: Person) => async () => {
    sent.push((await say(from, eve, 'a message')).id)
  }
  const path = (n: number) => ({ params: { path: { id: sent[n] ?? '' } } })
  const remove = (n: number) => () => joe.client.DELETE('/messages/{id}', path(n))
  const edit = (n: number) => () =>
    joe.client.PATCH('/messages/{id}', { ...path(n), body: { content: 'edited' } })
  const steps: [step: () => Promise<unknown>, unread: number, total: number][] = [
    [send(joe), 1, 2],
    [send(joe), 2, 3],
    [send(joe), 3, 4],
    [send(joe), 4, 5],
    [edit(3), 4, 5],
    [remove(2), 3, 4],
    [() => read(eve, joe, sent[1] ?? ''), 1, 2],
    [remove(0), 1, 2],
    [send(joe), 2, 3],
    [remove(3), 1, 2],
    [() => read(eve, joe, sent[4] ?? ''), 0, 1],
    [remove(4), 0, 1],
    [send(joe), 1, 2],
  ]
  for (const [n, [step, unread, unreadTotal]] of steps.entries()) {
    await step()
    await until('the frame has come', async () => stream.frames.length === n + 2)
    const last = stream.frames.at(-1)
    t.match(last, { data: { unread, unreadTotal } }, `${n} ${last?.event}`)
    t.match((await eve.client.GET('/conversations')).data, { unreadTotal })
    const after = stream.frames.at(-2)?.id ?? ''
    t.strictSame((await list(eve, { after })).items, [last], 'a list has the same')
  }
  const ofJoe = await list(joe, { after: start })
  t.notOk(
    ofJoe.items.some(({ data }) => 'unread' in data),
    'the other user does not see it',
  )
})

t.test('An event that was recorded before unread messages were counted counts once', async (t) => {
  const [kim, lee] = [await arrive('kim'), await arrive('lee')]
  const { id } = await say(lee, kim, 'read')
  await say(lee, kim, 'unread')
  await read(kim, lee, id)
  await say(lee, kim, 'unread, too')
  const unread = await UnreadMessages.load(owner, kim.user.id)
  const rows = await listEventsAfter(owner, 0n)
  const ofKim = rows.filter((row) => countedIn(row)?.userId === kim.user.id)
  t.equal(ofKim.length, 4)
  for (const row of ofKim) t.ok(unread.follow(row), `${row.type} needs no count`)
  t.strictSame(unread.with(lee.user.id), { unread: 2, unreadTotal: 2 })
})

t.test('Events name both users', async (t) => {
  const { position } = await list(ada)
  const { id } = await say(bob, ada, 'with names')
  await read(ada, bob, id)
  for (const person of [ada, bob]) {
    const other = person === ada ? 'bob' : 'ada'
    t.match(await list(person, { after: position }), {
      items: [
        { data: { fromUsername: 'bob', toUsername: 'ada' } },
        { data: { withUsername: other, byUsername: 'ada' } },
      ],
    })
  }
})

t.test(
  'Blocks are streamed to the devices of the user who blocks, and to no other user',
  async (t) => {
    const { position } = await list(ada)
    const [mine, theirs] = [
      await follow(t, secondUrl, ada.token),
      await follow(t, secondUrl, bob.token),
    ]
    for (const reader of [mine, theirs]) await reader.until(({ event }) => event === 'ready')
    const path = { userId: bob.user.id }
    const query = { clientId: 'b-1' }
    await ada.client.PUT('/blocks/{userId}', { params: { path, query } })
    const { data } = await ada.client.GET('/blocks')
    await ada.client.DELETE('/blocks/{userId}', { params: { path } })
    await say(ada, bob, 'the end')
    const end = ({ event }: { event: string }) => event === 'message_sent'
    for (const reader of [mine, theirs] as Reader[]) await reader.until(end)
    const block = { event: 'user_blocked', data: { ...data?.items[0], clientId: 'b-1' } }
    const unblock = { event: 'user_unblocked', data: { id: bob.user.id, username: 'bob' } }
    const shown = mine.frames.slice(1, -1).map(({ event, data }) => ({ event, data }))
    t.strictSame(shown, [block, unblock])
    t.equal(theirs.frames.length, 2)
    t.match(await list(ada, { after: position }), { items: [block, unblock, {}] })
    t.equal((await list(bob, { after: position })).items.length, 1)
  },
)
