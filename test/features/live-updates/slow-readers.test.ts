// Clients that do not read are disconnected when too much is buffered, while others receive everything.
// A catch-up reads no more pages than the client takes.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { ownPageLength } from '../../../src/features/live-updates/queries.ts'
import { served } from '../../support/http/served.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { openWatched } from '../../support/live-updates/watched.ts'
import { until } from '../../support/until.ts'

const { server, arrive, lines } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

/** Opens a stream and reads nothing from it. */
async function ignore(url: string, token: string, after?: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.teardown(async () => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const position = after === undefined ? '' : `Last-Event-ID: ${after}\r\n`
  const head = `GET /stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${position}\r\n`
  socket.pause().write(head)
  return socket
}

t.test('A slow client is disconnected, and misses nothing when it reconnects', async (t) => {
  const reader = await follow(t, server.url, bob.token)
  const { id } = await reader.until(({ event }) => event === 'ready')
  await ignore(server.url, bob.token)
  const content = '…'.repeat(10_000)
  const messages = Array.from({ length: 30 }, () => ({ to: bob.user.id, content }))
  let sent = 0
  const isDisconnected = () => lines.some((line) => line.includes('reads too slowly'))
  // Fills the buffers of the kernel for both ends, and then that of the server.
  await until('the slow client is disconnected', async () => {
    const { response } = await ada.client.POST('/messages/batch', { body: { messages } })
    t.equal(response.status, 201)
    sent += messages.length
    return isDisconnected()
  })
  const frames = () => reader.frames.length - 1
  await until('the other client receives everything', async () => frames() === sent)
  t.equal(lines.filter((line) => line.includes('reads too slowly')).length, 1)

  const back = await follow(t, server.url, bob.token, id)
  await until('the reconnected client receives everything', async () => back.frames.length === sent)
  t.strictSame(
    back.frames.map((frame) => frame.id),
    reader.frames.slice(1).map((frame) => frame.id),
  )
})

t.test('A catch-up reads no more pages than the client takes', async (t) => {
  // 60 MB, of which the kernel buffers about ten, on other systems perhaps thirty.
  const { url, token, seen } = await openWatched(t, 40, 10_000)
  // Nine messages of 30 kB exceed the bytes of a page.
  const pages = Math.ceil((40 * ownPageLength) / 9)
  const socket = await ignore(url, token, '0')
  await until('the catch-up pauses', async () => {
    const before = seen.pages
    await pause(500)
    return before > 0 && seen.pages === before
  })
  t.ok(seen.pages < pages, `${seen.pages} of ${pages} pages`)
  socket.resume()
  await until('the catch-up ends once the client reads', async () => seen.pages === pages)
})

t.test('All streams of a user share the bytes that a user may hold', async (t) => {
  const ample = 2 ** 30
  // A page has 270 kB, and each stream that is not read ends up with an unsent one.
  const heldBytes = { perUser: 700_000, perClient: ample, total: ample }
  const { url, token, seen, lines } = await openWatched(t, 20, 10_000, { heldBytes, level: 'info' })
  const cut = () => lines.filter((line) => line.includes('sends or reads too slowly')).length
  for (let n = 0; n < 5; n += 1) await ignore(url, token, '0')
  await until('three of five are cut', async () => cut() === 3)
  await until('the catch-ups of the others pause', async () => {
    const before = seen.pages
    await pause(500)
    return seen.pages === before
  })
  t.equal(cut(), 3)
})

t.test('Concurrent catch-ups read at most four pages at once', async (t) => {
  const { url, token, seen } = await openWatched(t, 4, 100)
  const readers = await Promise.all(Array.from({ length: 20 }, () => follow(t, url, token, '0')))
  for (const reader of readers) {
    await until('the client has caught up', async () => reader.frames.length === 4 * ownPageLength)
  }
  t.equal(seen.pages, 20 * 4)
  t.equal(seen.mostAtOnce, 4, 'connections remain for other requests')
})
