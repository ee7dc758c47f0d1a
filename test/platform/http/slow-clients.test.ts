// Clients that send or read slowly: each of them loses its connection in time, and none that goes on does.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { App } from '../../../src/platform/http/app.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { readUntil } from '../../support/http/raw.ts'
import { until } from '../../support/until.ts'

/** Longer than a test may take. */
const never = 600_000
const ample = { perUser: never ** 2, perClient: never ** 2, total: never ** 2 }

async function open(t: Parameters<typeof bareApp>[0], port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  t.teardown(async () => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sends bytes, then one more every few milliseconds; returns the response to what never ends. */
async function drip(t: Parameters<typeof open>[0], port: number, head: string): Promise<string> {
  const socket = await open(t, port)
  socket.write(head)
  const timer = setInterval(() => socket.write('x'), 5)
  t.teardown(async () => clearInterval(timer))
  return readUntil(socket)
}

t.test('A request has 30 seconds to arrive, and its headers a part of them', async (t) => {
  const { app } = await bareApp(t, () => undefined)
  const { headersTimeout, requestTimeout } = app.server
  t.ok(headersTimeout > 0 && headersTimeout < requestTimeout, 'Node exchanges them otherwise')
  t.ok(requestTimeout <= 28_000, 'the interval of checks adds two seconds')
})

t.test('A client that drips headers loses its connection', async (t) => {
  const timeouts = { headers: 50, request: never, check: 10, stall: never }
  const { app } = await bareApp(t, () => undefined, { timeouts })
  const answer = await drip(t, await listen(app), 'GET / HTTP/1.1\r\nX: ')
  t.match(answer, 'HTTP/1.1 408 ')
})

t.test('A client that drips a body loses its connection', async (t) => {
  const timeouts = { headers: 50, request: 100, check: 10, stall: never }
  const addRoutes = (app: App) => {
    app.post('/', { config: { open: true } }, async () => 'never')
  }
  const { app } = await bareApp(t, addRoutes, { timeouts })
  const head = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n'
  const port = await listen(app)
  for (const target of ['/', '/nowhere']) {
    t.match(await drip(t, port, `POST ${target} HTTP/1.1\r\n${head}`), 'HTTP/1.1 408 ', target)
  }
})

/** More than the kernel buffers for both ends. */
const large = 'x'.repeat(24 * 2 ** 20)
const [ada, bob] = ['a', 'b'].map((letter) => `${letter.repeat(42)}A`)
const findSession = async (tokenHash: string) => ({
  userId: tokenHash === hashToken(ada ?? '') ? 'ada' : 'bob',
  sessionId: 's',
  expiresAt: new Date(Date.now() + never),
})

/** A server with a large response and a body of 10 kB; `accepted` has its ends of the connections. */
async function started(t: Parameters<typeof bareApp>[0], options: Parameters<typeof bareApp>[2]) {
  const accepted: Socket[] = []
  const addRoutes = (app: App) => {
    app.server.on('connection', (socket) => accepted.push(socket))
    app.get('/large', async () => large)
    app.get('/small', { config: { open: true } }, async () => 'small')
    app.post('/body', async () => 'read')
  }
  const { app } = await bareApp(t, addRoutes, { findSession, ...options })
  const port = await listen(app)
  const opened = async () => {
    const socket = await open(t, port)
    await until('it is accepted', async () =>
      accepted.some(({ remotePort }) => remotePort === socket.localPort),
    )
    return socket
  }
  /** Sends a request and reads nothing. */
  const ignore = async (target: string, token = ada, body?: string) => {
    const socket = await opened()
    const length =
      body === undefined ? '' : 'Content-Type: application/json\r\nContent-Length: 9999\r\n'
    socket.pause()
    socket.write(
      `${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${length}\r\n${body ?? ''}`,
    )
    return socket
  }
  const closed = () => accepted.map(({ destroyed }) => destroyed)
  return { port, accepted, closed, ignore, opened }
}

const timeouts = { headers: 10_000, request: 28_000, check: 1_000, stall: 5_000 }

t.test('A client that stops reading is cut off, and a slow one gets everything', async (t) => {
  const { closed, ignore } = await started(t, { timeouts, heldBytes: ample })
  const slow = await ignore('GET /large')
  await ignore('GET /large')
  let bytes = 0
  let isSlow = true
  slow.on('data', (chunk) => {
    bytes += chunk.length
    if (isSlow) slow.pause()
  })
  const timer = setInterval(() => slow.resume(), 10)
  t.teardown(async () => clearInterval(timer))
  await until('the other connection is closed', async () => closed()[1] === true)
  t.equal(closed()[0], false)
  isSlow = false
  await until('the slow client has everything', async () => bytes > large.length)
})

t.test('A slow handler and an idle connection are not cut off', async (t) => {
  const addRoutes = (app: App) => {
    app.get('/slow', { config: { open: true } }, () => pause(500, 'finally'))
  }
  const { app } = await bareApp(t, addRoutes, { timeouts: { ...timeouts, stall: 50 } })
  const socket = await open(t, await listen(app))
  for (let time = 0; time < 2; time += 1) {
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    t.match(await readUntil(socket, /finally/), '200 OK')
    await pause(200)
  }
})

t.test('Beyond the bytes of a user, the oldest response of this user is cut', async (t) => {
  const heldBytes = { ...ample, perUser: 2.5 * large.length }
  const { closed, ignore } = await started(t, { heldBytes })
  await ignore('GET /large', bob)
  for (let n = 0; n < 3; n += 1) await ignore('GET /large')
  await until('one is cut', async () => closed().includes(true))
  t.strictSame(closed(), [false, true, false, false])
})

t.test('Beyond the bytes of a client or of the server, the oldest response is cut', async (t) => {
  for (const bound of ['perClient', 'total'] as const) {
    const heldBytes = { ...ample, [bound]: 2.5 * large.length }
    const { closed, ignore } = await started(t, { heldBytes })
    for (const token of [bob, ada, ada]) await ignore('GET /large', token)
    await until('one is cut', async () => closed().includes(true))
    t.strictSame(closed(), [true, false, false], bound)
  }
})

t.test('Unfinished bodies count as well, and finished requests no longer', async (t) => {
  const heldBytes = { perUser: 10_000, perClient: 10_000, total: 10_000 }
  const { closed, ignore, opened, port } = await started(t, { heldBytes })
  for (let n = 0; n < 5; n += 1) {
    const headers = { authorization: `Bearer ${ada}`, 'content-type': 'application/json' }
    const body = `"${'x'.repeat(6_000)}"`
    const answer = await fetch(`http://127.0.0.1:${port}/body`, { method: 'POST', headers, body })
    t.equal(await answer.text(), 'read')
  }
  t.notOk(closed().includes(true))
  const before = closed().length
  for (let n = 0; n < 4; n += 1) await ignore('POST /body', ada, 'x'.repeat(4_000))
  await opened()
  await until('two are cut', async () => closed().filter(Boolean).length === 2)
  t.strictSame(closed().slice(before), [true, true, false, false, false])
})
