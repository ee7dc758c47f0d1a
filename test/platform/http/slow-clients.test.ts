// Clients that send or read slowly: each of them loses its connection in time, and none that goes on does.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { readUntil } from '../../support/http/raw.ts'

/** Longer than a test may take. */
const never = 600_000

async function open(t: { teardown: (close: () => void) => void }, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sends bytes, then one more every few milliseconds; returns the response to what never ends. */
async function drip(t: Parameters<typeof open>[0], port: number, head: string): Promise<string> {
  const socket = await open(t, port)
  socket.write(head)
  const timer = setInterval(() => socket.write('x'), 5)
  t.teardown(() => clearInterval(timer))
  return readUntil(socket)
}

t.test('A request has 30 seconds to arrive, and its headers a part of them', async (t) => {
  const { app } = await bareApp(t, () => undefined)
  const { headersTimeout, requestTimeout } = app.server
  t.ok(headersTimeout > 0 && headersTimeout < requestTimeout, 'Node exchanges them otherwise')
  t.ok(requestTimeout <= 28_000, 'the interval of checks adds two seconds')
})

t.test('A client that drips headers loses its connection', async (t) => {
  const timeouts = { headers: 50, request: never, check: 10 }
  const { app } = await bareApp(t, () => undefined, { timeouts })
  const answer = await drip(t, await listen(app), 'GET / HTTP/1.1\r\nX: ')
  t.match(answer, 'HTTP/1.1 408 ')
})

t.test('A client that drips a body loses its connection', async (t) => {
  const timeouts = { headers: 50, request: 100, check: 10 }
  const addRoutes = (app: Parameters<Parameters<typeof bareApp>[1]>[0]) => {
    app.post('/', { config: { open: true } }, async () => 'never')
  }
  const { app } = await bareApp(t, addRoutes, { timeouts })
  const head = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n'
  const port = await listen(app)
  for (const target of ['/', '/nowhere']) {
    t.match(await drip(t, port, `POST ${target} HTTP/1.1\r\n${head}`), 'HTTP/1.1 408 ', target)
  }
})
