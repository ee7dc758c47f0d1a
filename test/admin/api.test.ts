// The reading side of the admin port's API, over HTTP, with the login of a server. Each response is compared with
// openapi/admin.json.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { generate } from '../../openapi/generate.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { adminPort } from '../support/http/conform.ts'
import { password } from '../support/http/served.ts'
import { newestOf } from '../support/read-models/newest.ts'

type Schemas = components['schemas']
type Items<Item> = Answer<{ items: Item[]; nextCursor?: string }>

const { call, owner, arrive } = await administered(t)
const ada = await arrive('ada')
const bob = await arrive('bob')
await ada.client.POST('/messages', { body: { to: bob.user.id, content: 'for Bob alone' } })

t.test('openapi/admin.json and its types match the routes', async (t) => {
  const generated = await generate()
  for (const name of ['admin.json', 'admin-types.ts']) {
    const committed = await readFile(new URL(`../../openapi/${name}`, import.meta.url), 'utf8')
    t.ok(committed === generated[name], `openapi/${name} is stale: run npm run openapi`)
  }
})

t.test('Each operation of the document has an id, one known tag and a summary', async (t) => {
  const { body } = await call<{
    tags: { name: string }[]
    paths: Record<string, Record<string, { tags: string[]; summary: string; security: object[] }>>
  }>('/openapi.json')
  const tags = new Set(body.tags.map(({ name }) => name))
  t.equal(new Set(adminPort.operationIds).size, adminPort.operationIds.length)
  for (const [path, methods] of Object.entries(body.paths)) {
    for (const { tags: own, summary } of Object.values(methods)) {
      t.ok(own.length === 1 && tags.has(own[0] ?? '') && summary, path)
    }
  }
  t.match((await call('/docs/')).headers.get('content-type'), 'text/html')
})

t.test('GET /status shows the position, servers, tables, tasks and the next step', async (t) => {
  const { body } = await call<Schemas['Status']>('/status')
  const { rows } = await owner.query('select max(position)::text as position from log.events')
  t.equal(body.position, rows[0].position)
  t.match(body.readers, [{ name: /^epistle serve /, holdsLeases: true }])
  const users = body.tables.find(({ name }) => name === 'users_2')
  t.match(users, { state: 'live', release: 2, readBy: [body.readers[0]?.name] })
  t.match(body.tasks, [{ process: /_\d+$/, waiting: Number }])
  const release = body.releases.at(-1)?.release
  t.strictSame(body.webhooks, [])
  t.match(body.upgrade, { step: 'none', codeRelease: release, databaseRelease: release })
})

t.test('GET /matrix has the cells that the owner sees', async (t) => {
  const { body } = await call<Schemas['Matrix']>('/matrix')
  const { rows } = await owner.query(
    `select count(*)::int as cells from log.event_types, read.tables`,
  )
  t.equal(body.items.length, rows[0].cells)
  t.match(
    body.items.find((c) => c.readTable === 'users_2' && c.eventType === 'user_registered_0'),
    { kind: 'up', path: ['user_registered_1'], fault: null, attached: true },
  )
})

t.test('GET /tables lists read tables and event tables', async (t) => {
  const { body } = await call<Schemas['Tables']>('/tables')
  t.ok(body.readTables.some(({ name }) => name === newestOf('messages')))
  t.match(
    body.eventTables.find(({ name }) => name === 'message_sent_3'),
    { release: 3, aggregate: 'message' },
  )
})

t.test('GET /events pages through the log in both directions, without a gap', async (t) => {
  const all: string[] = []
  for (let before = ''; ; ) {
    const { body }: Items<Schemas['LogEvent']> = await call(`/events?limit=2${before}`)
    all.push(...body.items.map(({ position }) => position))
    if (!body.nextCursor) break
    before = `&before=${body.nextCursor}`
  }
  const { rows } = await owner.query(
    'select position::text from log.events order by log.events.position desc',
  )
  t.strictSame(
    all,
    rows.map(({ position }) => position),
  )
  const { body }: Items<Schemas['LogEvent']> = await call('/events?after=0&limit=100')
  t.strictSame(
    body.items.map(({ position }) => position),
    all.toReversed(),
  )
})

t.test('A page after a position beyond the log is refused, as by the feed', async (t) => {
  const { body } = await call<Schemas['Status']>('/status')
  const unknown = { code: 'position_unknown', errors: [{ parameter: 'after' }] }
  for (const path of ['/events?after=', `/streams/${ada.user.id}?after=`]) {
    t.match(await call(path + body.position), { status: 200, body: { items: [] } }, path)
    for (const position of [`${BigInt(body.position) + 1n}`, `${2n ** 63n - 1n}`]) {
      const answer = await call<Schemas['Problem']>(path + position)
      t.match(answer, { status: 412, body: unknown }, path + position)
    }
  }
  const { status } = await call(`/events?before=${BigInt(body.position) + 1n}`)
  t.equal(status, 200, 'it begins with the last event')
})

t.test('GET /events finds events by type and stream', async (t) => {
  const { body: ofTypes }: Items<Schemas['LogEvent']> = await call(
    '/events?types=user_registered_1,message_sent_3&limit=2',
  )
  t.strictSame(
    ofTypes.items.map(({ type }) => type),
    ['message_sent_3', 'user_registered_1'],
  )
  const { body: rest }: Items<Schemas['LogEvent']> = await call(
    `/events?types=user_registered_1,message_sent_3&before=${ofTypes.nextCursor}`,
  )
  t.strictSame(
    rest.items.map(({ type, streamId }) => [type, streamId]),
    [['user_registered_1', ada.user.id]],
  )
  const { body: ofStream }: Items<Schemas['LogEvent']> = await call(
    `/events?stream=${bob.user.id}&types=user_registered_1`,
  )
  t.strictSame(
    ofStream.items.map(({ streamId }) => streamId),
    [bob.user.id],
  )
  const unknown = await call<Schemas['Problem']>('/events?types=nope_1')
  t.match(unknown, { status: 422, body: { errors: [{ parameter: 'types', code: 'not_one_of' }] } })
  for (const position of ['soon', '-1', '9223372036854775808']) {
    const invalid = await call<Schemas['Problem']>(`/events?before=${position}`)
    t.match(invalid, { status: 422, body: { errors: [{ parameter: 'before' }] } }, position)
  }
  const both = await call<Schemas['Problem']>('/events?before=9&after=1')
  t.match(both, { status: 422, body: { errors: [{ parameter: 'after', code: 'conflicting' }] } })
})

t.test('Personal data are masked until an operator asks for them, which is recorded', async (t) => {
  const path = `/events?stream=${ada.user.id}&types=user_registered_1`
  const { body: masked }: Items<Schemas['LogEvent']> = await call(path)
  t.strictSame(masked.items[0]?.data, { id: ada.user.id, email: null, username: null })
  t.strictSame(masked.items[0]?.masked, ['email', 'username'])
  const without = await call<Schemas['Problem']>(`${path}&personal=shown`)
  t.match(without, { status: 422, body: { errors: [{ parameter: 'Epistle-Actor' }] } })
  const headers = { 'Epistle-Actor': encodeURIComponent('Zoë 張') }
  const { body: shown }: Items<Schemas['LogEvent']> = await call(`${path}&personal=shown`, {
    headers,
  })
  t.strictSame(shown.items[0]?.data, {
    id: ada.user.id,
    email: 'ada@example.org',
    username: 'ada',
  })
  const { body: audit }: Items<Schemas['Act']> = await call('/audit')
  t.match(audit.items[0], {
    actor: 'Zoë 張',
    act: 'show_personal',
    subject: ada.user.id,
    arguments: { types: ['user_registered_1'] },
    outcome: 'done',
  })
  t.equal(audit.items.length, 1, 'the request without a name is no act')
})

t.test('GET /events/{id} shows every version of an event and what it caused', async (t) => {
  const id = await owner.query(
    `select id, position::text from log.events where type = 'user_registered_1' and stream_id = $1`,
    [ada.user.id],
  )
  for (const key of [id.rows[0].id, id.rows[0].position]) {
    const { body } = await call<Schemas['LogEventDetails']>(`/events/${key}`)
    t.match(body.event, { id: id.rows[0].id, aggregate: 'user', version: 1, causationId: null })
    t.match(body.versions, [
      { type: 'user_registered_0', direction: 'down', path: ['user_registered_0'] },
    ])
    t.strictSame(body.versions[0]?.data, { id: ada.user.id, email: null })
    t.ok(body.caused.tasks.some(({ process }) => process.startsWith('verification')))
  }
  await owner.query(
    `update work.tasks set attempts = 1, last_error = '550 <ada@example.org> is unknown'
     where cause = $1`,
    [id.rows[0].id],
  )
  const { body: tasks } = await call<Schemas['Tasks']>('/tasks')
  t.match(JSON.stringify(tasks), '550 <<address>> is unknown')
  t.equal((await call('/events/999999999')).status, 404)
})

t.test('GET /streams/{id} shows the state after each event, without secrets', async (t) => {
  const body = { currentPassword: password, newPassword: 'other unrelated words' }
  await ada.client.PUT('/users/me/password', { body })
  const { body: stream } = await call<Schemas['Stream']>(`/streams/${ada.user.id}`)
  t.equal(stream.aggregate, 'user')
  t.strictSame(
    stream.items.map(({ event }) => event.type),
    ['user_registered_1', 'password_changed_2'],
  )
  for (const { state } of stream.items) {
    t.type(state, Object)
    t.notMatch(JSON.stringify(state), /"ada|argon2/)
  }
  const { body: last } = await call<Schemas['Stream']>(
    `/streams/${ada.user.id}?after=${stream.items[0]?.event.position}`,
  )
  t.strictSame(last.items, stream.items.slice(1))
  const headers = { 'Epistle-Actor': 'zoe' }
  const { body: shown } = await call<Schemas['Stream']>(`/streams/${ada.user.id}?personal=shown`, {
    headers,
  })
  t.match(shown.items[0]?.state, { email: 'ada@example.org' })
  t.notMatch(JSON.stringify(shown), /argon2/)
  t.equal((await call('/streams/00000000-0000-4000-8000-000000000000')).status, 404)
})

t.test('Every stream can be shown: each aggregate has its functions', async (t) => {
  const { rows } = await owner.query('select distinct aggregate from log.event_types')
  const { aggregates } = await import('../../src/admin/log/aggregates.ts')
  t.strictSame(rows.map(({ aggregate }) => aggregate).sort(), [...aggregates.keys()].sort())
})

t.test('GET /tables/{name}/rows pages through a read table; texts are masked', async (t) => {
  const { body } = await call<Schemas['Rows']>('/tables/users_2/rows?limit=1')
  t.notOk(body.columns.some(({ name }) => /hash/.test(name)))
  const at = (name: string) => body.columns.findIndex((column) => column.name === name)
  t.match(body.columns[at('email')], { masked: true })
  t.ok(body.rows.every((row) => row[at('email')] === null && row[at('id')] !== null))
  const { body: next } = await call<Schemas['Rows']>(
    `/tables/users_2/rows?limit=1&before=${body.nextCursor}`,
  )
  t.equal(next.rows.length, 1)
  t.not(next.rows[0]?.[at('id')], body.rows[0]?.[at('id')])
  t.notOk(next.nextCursor)
  const headers = { 'Epistle-Actor': 'zoe' }
  const { body: shown } = await call<Schemas['Rows']>('/tables/users_2/rows?personal=shown', {
    headers,
  })
  t.ok(shown.rows.some((row) => row[at('email')] === 'ada@example.org'))
  t.equal((await call('/tables/nope_1/rows')).status, 404)
})
