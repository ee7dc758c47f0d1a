// Readers who do not read: cut off when too much waits for them, while others are told everything; and
// of what they missed no more is read than they take.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { QueryConfig } from 'pg'
import t from 'tap'
import { Lines } from '../../src/postgres/lines.ts'
import type { Queryable } from '../../src/postgres/prepared.ts'
import { wakeUps } from '../../src/postgres/wake-ups.ts'
import { ownPageLength } from '../../src/stream/queries.ts'
import { streamRoutes } from '../../src/stream/routes.ts'
import { openDomain } from '../domain.ts'
import { bareApp, listen } from '../http/bare-app.ts'
import { served } from '../http/served.ts'
import { connect as connectOwner } from '../installed.ts'
import { until } from '../until.ts'
import { follow } from './reader.ts'

const { server, arrive, lines } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

/** Asks for a stream and reads nothing of it. */
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

t.test('who does not keep up is cut off, and misses nothing when he comes back', async (t) => {
  const reader = await follow(t, server.url, bob.token)
  const { id } = await reader.until(({ event }) => event === 'ready')
  await ignore(server.url, bob.token)
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

t.test('of what was missed no more is read than is taken', async (t) => {
  const { url, pool, findSession, register, logIn } = await openDomain(t)
  let pages = 0
  const counting = {
    query: (query: QueryConfig) => {
      if (query.name === 'listOwnEventsAfter') pages += 1
      return pool.query(query)
    },
  } as Queryable
  const following = wakeUps({
    databaseUrl: url,
    channel: 'epistle_log',
    lines: new Lines(),
    onTrouble: () => undefined,
  })
  const { app } = await bareApp(
    t,
    (app) => streamRoutes(app, { pool: counting, wakeUps: following, mayRead: () => true }),
    { findSession },
  )
  const port = await listen(app)
  const { id, email } = await register('eve')
  const { token } = await logIn(email)
  // 60 MB, of which the kernel keeps some ten, elsewhere perhaps thirty.
  const all = 40 * ownPageLength
  const owner = await connectOwner(t, url)
  await owner.query(
    `insert into log.message_sent_3 (id, src_id, dst_id, content)
     select gen_random_uuid(), $1, $1, repeat('…', 10000) from generate_series(1, $2)`,
    [id, all],
  )
  const socket = await ignore(`http://127.0.0.1:${port}`, token, '0')
  await until('no more is read', async () => {
    const before = pages
    await pause(500)
    return before > 0 && pages === before
  })
  t.ok(pages < 40, `${pages} pages of 40`)
  socket.resume()
  await until('all is read once it is taken', async () => pages === 40)
})
