// Readers who do not read: cut off when too much waits for them, while others are told everything.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { served } from '../http/served.ts'
import { until } from '../until.ts'
import { follow } from './reader.ts'

const { server, arrive, lines } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

/** Asks for a stream and reads nothing of it. */
async function ignore(after?: string) {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  t.teardown(async () => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const position = after === undefined ? '' : `Last-Event-ID: ${after}\r\n`
  const head = `GET /stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bob.token}\r\n${position}\r\n`
  socket.pause().write(head)
  return socket
}

t.test('who does not keep up is cut off, and misses nothing when he comes back', async (t) => {
  const reader = await follow(t, server.url, bob.token)
  const { id } = await reader.until(({ event }) => event === 'ready')
  await ignore()
  const content = '…'.repeat(10_000)
  const messages = Array.from({ length: 30 }, () => ({ to: bob.user.id, content }))
  let sent = 0
  const cutOff = () => lines.some((line) => line.includes('did not keep up'))
  // As much as the kernel keeps for both, and what the server does.
  await until('he is cut off', async () => {
    const { response } = await ada.client.POST('/messages/batch', { body: { messages } })
    t.equal(response.status, 201)
    sent += messages.length
    return cutOff()
  })
  const frames = () => reader.frames.length - 1
  await until('the other is told everything', async () => frames() === sent)
  t.equal(lines.filter((line) => line.includes('did not keep up')).length, 1)

  const back = await follow(t, server.url, bob.token, id)
  await until('everything is told to who comes back', async () => back.frames.length === sent)
  t.strictSame(
    back.frames.map((frame) => frame.id),
    reader.frames.slice(1).map((frame) => frame.id),
  )
})
