// `GET /users/me/export`, from the caller's side. The server of the tests compares each line with the document.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { eventData } from '../../../src/features/account-export/lines.ts'
import { streamViews } from '../../../src/features/account-export/tables.ts'
import { serve } from '../../../src/serve.ts'
import { password, served } from '../../support/http/served.ts'

const { server, databaseUrl, owner, log, arrive, client, send, lines: logged } = await served(t)
const [ada, bob, cid] = [await arrive('ada'), await arrive('bob'), await arrive('cid')]

type Line = Record<string, unknown> & { type: string; data: Record<string, unknown> }

/** An export, whose lines have exactly the documented shape. */
async function exportOf({ token }: { token: string }): Promise<{ text: string; lines: Line[] }> {
  const response = await send('/users/me/export', { token })
  t.equal(response.status, 200)
  const text = await response.text()
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): Line => JSON.parse(line))
  for (const { type, data } of lines.slice(1, -1)) {
    const { error } = eventData[type as keyof typeof eventData].safeParse(data)
    t.equal(error, undefined, type)
  }
  return { text, lines }
}

async function write(from: typeof ada, to: string, content: string): Promise<string> {
  const { data } = await from.client.POST('/messages', { body: { to, content } })
  return data?.id as string
}

/** Ada uses each part of the service once, and Bob writes to her. */
async function useEverything() {
  const { data: session } = await client().POST('/sessions', {
    body: { email: ada.email, password, label: 'phone' },
    headers: { 'User-Agent': 'Walkie/1' },
  })
  const params = { path: { id: session?.id as string } }
  await ada.client.PATCH('/sessions/{id}', { params, body: { label: 'old phone' } })
  await ada.client.DELETE('/sessions/{id}', { params })
  const sent = await write(ada, bob.user.id, 'first words')
  await ada.client.PATCH('/messages/{id}', {
    params: { path: { id: sent } },
    body: { content: 'better words' },
  })
  await ada.client.DELETE('/messages/{id}', { params: { path: { id: sent } } })
  const kept = await write(bob, ada.user.id, 'an answer')
  const gone = await write(bob, ada.user.id, 'a hasty answer')
  await bob.client.DELETE('/messages/{id}', { params: { path: { id: gone } } })
  await ada.client.PUT('/conversations/{userId}/read', {
    params: { path: { userId: bob.user.id } },
    body: { upTo: kept },
  })
  await write(cid, bob.user.id, 'not for Ada')
  await ada.client.PUT('/blocks/{userId}', { params: { path: { userId: bob.user.id } } })
  await ada.client.DELETE('/blocks/{userId}', { params: { path: { userId: bob.user.id } } })
  return { sent, kept, gone }
}

t.test(
  'The export has a line for each event that concerns its user, in the order of the log',
  async (t) => {
    const { sent, kept, gone } = await useEverything()
    const { lines, text } = await exportOf(ada)
    t.same(
      lines.map(({ type }) => type),
      [
        'export_started',
        ...['user_registered', 'session_started', 'session_started', 'session_labelled'],
        ...['session_ended', 'message_sent', 'message_edited', 'message_deleted'],
        ...['message_received', 'conversation_read', 'message_received', 'conversation_read'],
        ...['user_blocked', 'user_unblocked', 'export_ended'],
      ],
    )
    t.equal(lines.at(-1)?.events, lines.length - 2)
    const positions = lines.slice(1, -1).map(({ position }) => Number(position))
    t.same(
      positions,
      positions.toSorted((a, b) => a - b),
    )
    const dataOf = (type: string) =>
      lines.filter((line) => line.type === type).map(({ data }) => data)
    t.match(dataOf('message_sent'), [{ id: sent, to: bob.user.id, content: 'first words' }])
    t.match(dataOf('message_edited'), [{ messageId: sent, content: 'better words' }])
    t.match(dataOf('message_received'), [
      { id: kept, from: bob.user.id, content: 'an answer', deletedAt: null },
      { id: gone, content: null, deletedAt: String },
    ])
    t.match(dataOf('session_started')[1], { userAgent: 'Walkie/1', label: 'phone' })
    t.notMatch(text, /not for Ada|a hasty answer/)
  },
)

t.test('The export contains no secret', async (t) => {
  const { text } = await exportOf(ada)
  const { rows } = await owner.query<{ secret: string }>(
    `select password_hash as secret from log.user_registered_1
     union all select token_hash::text from log.session_started_10
     union all select substr(token_hash::text, 3) from log.session_started_10`,
  )
  t.ok(rows.length > 3)
  for (const secret of [...rows.map((row) => row.secret), ada.token, password]) {
    t.notOk(text.includes(secret), 'not a secret of the log, the token or the password')
  }
  t.notOk(text.includes(bob.email), 'not the address of another user')
})

t.test(
  'The export ends where the log ended at its start, whatever is recorded meanwhile',
  async (t) => {
    for (let n = 0; n < 8; n += 1) {
      const messages = Array.from({ length: 100 }, (_, m) => ({
        to: bob.user.id,
        content: `${n} ${m} ${'long '.repeat(1_000)}`,
      }))
      t.equal(
        (await cid.client.POST('/messages/batch', { body: { messages } })).response.status,
        201,
      )
    }
    const response = await fetch(`${server.url}/users/me/export`, {
      headers: { authorization: `Bearer ${cid.token}` },
    })
    const late = await write(cid, bob.user.id, 'recorded during the export')
    const text = await response.text()
    t.equal(text.split('\n').filter((line) => line.includes('"message_sent"')).length, 801)
    t.notMatch(text, late)
    t.match(text, /"upTo":"\d+"/)
    t.equal(/"upTo":"(\d+)"/.exec(text)?.[1], response.headers.get('epistle-position'))
    t.match((await exportOf(cid)).text, late, 'the next export contains it')
  },
)

t.test('A user downloads one export at a time, and a broken download makes room', async (t) => {
  const request = { headers: { authorization: `Bearer ${cid.token}` } }
  const aborted = new AbortController()
  const first = await fetch(`${server.url}/users/me/export`, { ...request, signal: aborted.signal })
  await first.body?.getReader().read()
  const second = await send('/users/me/export', { token: cid.token })
  t.equal(second.status, 503)
  t.match(await second.json(), { code: 'overloaded', detail: /Another export of yours/ })
  aborted.abort()
  let status = 503
  for (const until = Date.now() + 10_000; status === 503 && Date.now() < until; await pause(20)) {
    status = (await send('/users/me/export', { token: cid.token })).status
  }
  t.equal(status, 200)
  t.notMatch(logged.join(), /"level":"(error|fatal)"/, 'no error is logged')
})

t.test(
  'A request that finds no room for an export does not count for the rate limit',
  async (t) => {
    const config = loadConfig({ PORT: '0' })
    const limited = await serve({ config, databaseUrl, log })
    t.teardown(() => limited.close())
    const url = `${limited.url}/users/me/export`
    const request = { headers: { authorization: `Bearer ${cid.token}` } }
    const aborted = new AbortController()
    const first = await fetch(url, { ...request, signal: aborted.signal })
    await first.body?.getReader().read()
    for (let refused = 0; refused < 8; refused += 1) {
      t.equal((await fetch(url, request)).status, 503)
    }
    aborted.abort()
    let status = 503
    for (const until = Date.now() + 10_000; status === 503 && Date.now() < until; await pause(20)) {
      status = (await fetch(url, request)).status
    }
    t.equal(status, 200)
  },
)

t.test('Every event of an aggregate has a line, and every aggregate its newest view', async (t) => {
  const { rows: types } = await owner.query<{ type: string }>('select type from log.event_types')
  const names = new Set(types.map(({ type }) => type.replace(/_\d+$/, '')))
  t.same([...names, 'message_received'].sort(), Object.keys(eventData).sort())
  const { rows: views } = await owner.query<{ view: string }>(
    `select aggregate || '_stream_' || max(release) as view from log.event_types group by aggregate`,
  )
  t.same(views.map(({ view }) => view).sort(), [...streamViews].sort())
})

t.test('A HEAD request for the export gets its headers and begins none', async (t) => {
  const dan = await arrive('dan')
  const [head, get] = [
    await send('/users/me/export', { method: 'HEAD', token: dan.token }),
    await send('/users/me/export', { token: dan.token }),
  ]
  await get.text()
  t.equal(head.status, 200)
  for (const name of ['content-type', 'content-disposition', 'epistle-position']) {
    t.equal(head.headers.get(name), get.headers.get(name), name)
  }
  t.equal((await send('/users/me/export', { method: 'HEAD' })).status, 401)
})
