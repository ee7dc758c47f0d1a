// How many connections a server and each of its clients may have, and which one is closed beyond that.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import type { App } from '../../../src/platform/http/app.ts'
import type { Finishing } from '../../support/database.ts'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { readUntil } from '../../support/http/raw.ts'
import { until } from '../../support/until.ts'

/** Linux answers at every address of 127.0.0.0/8, so one machine can be several clients. */
const oneClient = process.platform !== 'linux' && 'needs several addresses'

async function started(t: Finishing, options: object) {
  const addRoutes = (app: App) => {
    app.get('/', { config: { open: true } }, async () => 'here')
  }
  const { app, lines } = await bareApp(t, addRoutes, { level: 'info', ...options })
  const port = await listen(app)
  const accepted: Socket[] = []
  app.server.on('connection', (socket) => accepted.push(socket))
  /** Opens a connection from 127.0.0.`client`; it is busy as long as its request has no end. */
  async function open(client: number): Promise<Socket> {
    const before = accepted.length
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${client}` })
    socket.on('error', () => undefined)
    t.teardown(async () => void socket.destroy())
    await once(socket, 'connect')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    await until('it is accepted', async () => accepted.length > before)
    return socket
  }
  const closed = () => accepted.flatMap(({ destroyed }, n) => (destroyed ? [n] : []))
  return { open, closed, lines }
}

/** Completes the request of a connection, and reads the response. */
async function finish(socket: Socket | undefined): Promise<void> {
  socket?.write('\r\n')
  const answer = socket && (await readUntil(socket, /here/))
  if (!answer?.includes('200 OK')) throw new Error(`received ${answer}`)
}

t.test('A client may have a quarter of the connections; its idle ones give way', async (t) => {
  const { open, closed, lines } = await started(t, { maxConnections: 8 })
  const [first] = [await open(1), await open(1)]
  await open(1)
  t.strictSame(closed(), [2], 'the third one is closed')
  await open(1)
  const refusals = lines.map((line) => JSON.parse(line)).filter(({ refused }) => refused)
  t.match(refusals, [{ client: '127.0.0.1', connections: 2, refused: 1, msg: /^refused a/ }])
  t.equal(refusals.length, 1, 'the next one within ten seconds has no line')
  await finish(first)
  await finish(await open(1))
  t.strictSame(closed(), [0, 2, 3], 'the idle one made room')
})

t.test('A full server admits a new client', { skip: oneClient }, async (t) => {
  const { open, closed } = await started(t, { maxConnections: 8 })
  const sockets: Socket[] = []
  for (const client of [1, 1, 2, 2, 3, 3, 4, 4]) sockets.push(await open(client))
  await finish(sockets[2])
  await finish(await open(5))
  t.strictSame(closed(), [2], 'the idle connection of another client is closed first')
  const busy = await open(6)
  t.strictSame(closed(), [2, 8], 'then the next idle one')
  await finish(await open(7))
  t.strictSame(closed(), [0, 2, 8], 'then the oldest of a client with most')
  await finish(busy)
})

t.test('The connections of a trusted proxy are those of many clients', async (t) => {
  const { open, closed } = await started(t, { maxConnections: 8, trustProxy: ['loopback'] })
  const sockets: Socket[] = []
  for (let n = 0; n < 8; n += 1) sockets.push(await open(1))
  t.strictSame(closed(), [])
  await open(1)
  t.strictSame(closed(), [8], 'a full server closes none of those that are busy')
  await finish(sockets[0])
  await finish(await open(1))
  t.strictSame(closed(), [0, 8])
})
