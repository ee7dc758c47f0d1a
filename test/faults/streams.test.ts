// Live updates while PostgreSQL is stopped and started: no stream ends, and each reader gets every event once
// and in order, through any server.
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { password } from '../support/http/served.ts'
import { connect } from '../support/installed.ts'
import { follow } from '../support/live-updates/reader.ts'
import { until } from '../support/until.ts'

const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }
const cluster = await ownCluster(t)
const urls = [await start(), await start()]

async function start(): Promise<string> {
  const { log } = readableLog('silent')
  const server = await serve({ config: loadConfig(quick), databaseUrl: cluster.url, log })
  t.teardown(() => server.close())
  return server.url
}

async function post(url: string, path: string, body: object, token?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
  }
  return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

const ada = { email: 'ada@example.org', password }
const [here = '', there = ''] = urls
const { id } = (await (await post(here, '/users', { ...ada, username: 'ada' })).json()) as {
  id: string
}
const { token } = (await (await post(there, '/sessions', ada)).json()) as { token: string }

/** Sends a message through a server. Returns whether it was accepted; 503 means that the database is down. */
async function send(url: string): Promise<boolean> {
  const { status } = await post(url, '/messages', { to: id, content: 'something' }, token)
  if (status !== 201 && status !== 503)
    throw new Error(`the response to a message was ${status}, expected 201 or 503`)
  return status === 201
}

t.test('open live updates survive restarts of the database and contain every event', async (t) => {
  const readers = await Promise.all(urls.map((url) => follow(t, url, token)))
  for (const reader of readers) await reader.until(({ event }) => event === 'ready')
  let sending = true
  const writers = urls.map(async (url) => {
    while (sending) await send(url)
  })
  for (const mode of ['fast', 'immediate', 'fast'] as const) {
    await cluster.restart(mode)
    for (const url of urls) await until('the server accepts messages again', () => send(url))
  }
  sending = false
  await Promise.all(writers)

  const owner = await connect(t, cluster.url)
  const { rows } = await owner.query<{ id: string }>(
    'select position::text as id from log.message_sent_3 order by position',
  )
  const last = rows.at(-1)?.id
  for (const reader of readers) {
    await reader.until((frame) => frame.id === last)
    t.strictSame(
      reader.frames.slice(1).map((frame) => frame.id),
      rows.map((row) => row.id),
      `the reader has all ${rows.length} events`,
    )
  }
})
