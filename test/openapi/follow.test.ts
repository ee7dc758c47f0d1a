// `follow` in Node, against a real server: a stream that survives cut, silent and refused connections, and a changed
// token. Tabs that share a stream are played by many in this process, at random.
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  createEpistleClient,
  type EpistleClientOptions,
  type FollowOptions,
  isEpistleError,
} from '../../openapi/client.ts'
import { openCable } from '../support/cable.ts'
import { password, served } from '../support/http/served.ts'
import { playTabs } from '../support/played-tabs.ts'
import { until } from '../support/until.ts'

const { server, arrive, client } = await served(t)
const baseUrl = server.url

/** Follows in the background; the test ends it. */
function following(t: Test, options: EpistleClientOptions, follow: FollowOptions = {}) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const epistle = createEpistleClient(options)
  const events: { id: string; event: string; data: object }[] = []
  const over = (async () => {
    for await (const event of epistle.follow({ ...follow, signal: stop.signal })) events.push(event)
  })().then(
    () => 'aborted',
    (error: unknown) => (isEpistleError(error) ? error.code : String(error)),
  )
  const contents = () =>
    events.flatMap(({ data }) => ('content' in data ? [data.content as string] : []))
  const sees = (content: string) => until(content, async () => contents().includes(content))
  const isReady = () => until('ready', async () => events.length > 0)
  return { epistle, events, over, contents, sees, isReady, stop }
}

/** A user who can send messages to oneself. */
async function author(name: string) {
  const { token, user, client: own } = await arrive(name)
  const sent: string[] = []
  const send = async (content: string) => {
    sent.push(content)
    await own.POST('/messages', { body: { to: user.id, content } })
  }
  return { token, send, sent, client: own, email: `${name}@example.org` }
}

t.test('A stream survives cut connections, and ends with the session', async (t) => {
  const { token, send, sent, client: own } = await author('fay')
  const cable = await openCable(t, baseUrl)
  const states: string[] = []
  const onState = (state: string) => states.push(state)
  const stream = following(t, { baseUrl: cable.url, token }, { onState })
  await stream.isReady()
  t.match(stream.events[0], { event: 'ready', id: /^\d+$/ })
  for (const content of ['one', 'two', 'three']) {
    await send(content)
    await stream.sees(content)
    cable.cut()
    await send(`missed after ${content}`)
  }
  await stream.sees('missed after three')
  t.strictSame(stream.contents(), sent)
  t.equal(stream.epistle.position(), stream.events.at(-1)?.id)
  t.strictSame(states, Array(4).fill(['closed', 'open']).flat().slice(1))
  await own.DELETE('/sessions/current')
  t.equal(await stream.over, 'unauthenticated')
})

t.test('A silent connection, and one that is refused for a while, are replaced', async (t) => {
  const { token, send, sent } = await author('gus')
  const lastIds: (string | null)[] = []
  const never = ({ signal }: Request) =>
    new Promise<Response>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  const answer: EpistleClientOptions['fetch'] = async (request) => {
    const tries = lastIds.push(request.headers.get('Last-Event-ID'))
    if (tries === 1) return never(request)
    if (tries === 3) return new Response(new ReadableStream())
    if (tries === 4) return new Response('', { status: 503, headers: { 'Retry-After': '0' } })
    return fetch(request)
  }
  const stream = following(t, { baseUrl, token, fetch: answer }, { silenceMs: 400 })
  await stream.isReady()
  await until('the fifth connection', async () => lastIds.length >= 5)
  await send('after silence')
  await stream.sees('after silence')
  t.strictSame(stream.contents(), sent)
  t.strictSame(lastIds.slice(0, 5), [null, null, ...Array(3).fill(stream.events[0]?.id)])
  stream.stop.abort()
  t.equal(await stream.over, 'aborted')
})

t.test('A stream ends with an error when another try cannot help', async (t) => {
  const { token } = await author('hal')
  const future = following(t, { baseUrl, token }, { lastId: '999999999' })
  t.equal(await future.over, 'position_unknown')
  t.match(
    await following(t, { baseUrl, token }, { lastId: 'x' }).over,
    /RangeError: lastId must be/,
  )
  t.equal(await following(t, { baseUrl, token: 'wrong' }).over, 'unauthenticated')
})

t.test('An event that a server sends again is yielded once', async (t) => {
  let connections = 0
  const frame = (id: string) => `id: ${id}\nevent: message_sent\ndata: {"content":"${id}"}\n\n`
  const answer = async () => {
    connections += 1
    return new Response(
      `retry: 10\n\n${frame('2')}${frame('3')}${connections > 1 ? frame('4') : ''}`,
    )
  }
  const stream = following(t, { baseUrl, token: 'any', fetch: answer })
  await stream.sees('4')
  await until('the third connection', async () => connections > 2)
  t.strictSame(stream.contents(), ['2', '3', '4'])
})

t.test('A stream goes on with a token that replaces the one of an ended session', async (t) => {
  const { token, client: own, email } = await author('ian')
  const stream = following(t, { baseUrl, token })
  await stream.isReady()
  const { data } = await client().POST('/sessions', { body: { email, password } })
  if (!data) throw new Error('no second session')
  stream.epistle.authenticate({ token: data.token })
  await own.DELETE('/sessions/current')
  await client(data.token).POST('/messages', { body: { to: data.user.id, content: 'new' } })
  await stream.sees('new')
  t.strictSame(stream.contents(), ['new'])
})

t.test('Tabs that come, go and freeze at random see each event once and in order', async (t) => {
  const { token, send, sent } = await author('joe')
  const cable = await openCable(t, baseUrl)
  const tabs = playTabs(t, { url: cable.url, token, sent })
  const random = (below: number) => Math.floor(Math.random() * below)
  const some = () => tabs.opened[random(tabs.opened.length)]
  const actions: (() => void)[] = [
    () => tabs.open(),
    () => tabs.open(some()?.seen.findLast(({ event }) => event !== 'ready')),
    () => tabs.open(some()?.seen.find(({ event }) => event !== 'ready')),
    () => tabs.close(some()),
    () => some()?.freeze(),
    () => some()?.resume(),
    () => cable.cut(),
  ]
  tabs.loseMessages(true)
  for (let n = 0; n < 200; n += 1) {
    if (n % 2 === 0) await send(`message ${n}`)
    else if (tabs.opened.length > 12) tabs.close(some())
    else actions[random(actions.length)]?.()
    await pause(random(10))
  }
  tabs.loseMessages(false)
  for (const tab of tabs.opened) tab.resume()
  tabs.open()
  await until('all tabs have begun', async () => tabs.opened.every(({ hasBegun }) => hasBegun))
  await send('the last')
  for (const tab of tabs.opened) {
    await until('the last event', async () => tab.contents().includes('the last'))
    t.strictSame(tab.contents(), tab.expected(), `after ${tab.after}`)
  }
})
