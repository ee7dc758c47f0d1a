// The changing side of the admin port: jobs of the owner, users, reports and tasks. Each response is compared with
// openapi/admin.json.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { installedDatabase } from '../support/installed.ts'
import { checkout } from '../support/markdown.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']
type Items<Item> = Answer<{ items: Item[] }>

const databaseUrl = await installedDatabase(t)
const owned = await administered(t, { ADMIN_DATABASE_URL: databaseUrl }, databaseUrl)
const { call, act, url, owner, arrive, client } = owned
const ada = await arrive('ada')
const bob = await arrive('bob')

/** Waits until a job has ended. */
const ended = (id: string) =>
  until(`job ${id} ends`, async () => {
    const { body } = await call<Schemas['Job']>(`/jobs/${id}`)
    return body.state === 'running' ? undefined : body
  })

async function run(path: string, body: object): Promise<Schemas['Job']> {
  const started = await act<Schemas['Job']>('POST', path, body)
  t.equal(started.status, 202, path)
  t.equal(started.headers.get('location'), `/jobs/${started.body.id}`)
  return ended(started.body.id)
}

t.test('A damaged table is found by a verification and repaired by a rebuild', async (t) => {
  await owner.query(`update read.users_2 set username = 'eve' where id = $1`, [ada.user.id])
  const found = await run('/verifications', { tables: ['users_2'] })
  t.match(found, {
    kind: 'verify',
    actor: 'Ada',
    state: 'done',
    arguments: { tables: ['users_2'] },
  })
  t.match(found.result, {
    tables: [
      { table: 'users_2', differences: 1, rows: [{ kind: 'different', key: { id: ada.user.id } }] },
    ],
    deviations: [],
  })
  const rebuilt = await run('/rebuilds', { tables: ['users_2'] })
  t.match(rebuilt.result, { tables: [{ table: 'users_2', replaced: 1 }] })
  const { body } = await call<Schemas['Status']>('/status')
  t.match(body.tables.find(({ name }) => name === 'users_2')?.verified, { differences: 0 })
  const { body: account } = await call<Schemas['Account']>(`/users/${ada.user.id}`)
  t.equal(account.username, 'ada')
})

t.test('The result of a verification has no username, not even one of digits', async (t) => {
  const names = ['20250101', 'tzt', '2025-01-01']
  await owner.query(
    'insert into read.reserved_usernames_14 select name, $1, now(), 1 from unnest($2::text[]) name',
    [ada.user.id, names],
  )
  const { result } = await run('/verifications', { tables: ['reserved_usernames_14'] })
  const row = { kind: 'extra', key: { username: null } }
  t.match(result, { tables: [{ differences: 3, rows: [row, row, row] }] })
  await owner.query('delete from read.reserved_usernames_14')
})

t.test('A table that is named twice is verified and rebuilt once', async (t) => {
  const tables = ['users_2', 'users_2']
  const verified = await run('/verifications', { tables })
  t.match(verified.result, { tables: [{ table: 'users_2', differences: 0 }] })
  t.strictSame(Object.keys(verified.result?.tables ?? {}), ['0'])
  const rebuilt = await run('/rebuilds', { tables })
  t.strictSame(rebuilt.result, { tables: [{ table: 'users_2', replaced: 0 }] })
})

t.test('A job that the engine refuses ends with the reason', async (t) => {
  const unknown = await run('/rebuilds', { tables: ['nope_1'] })
  t.match(unknown, { state: 'refused', detail: /unknown read table "nope_1"/, result: null })
  const demoted = await run('/demotions', { tables: ['users_2'] })
  t.match(demoted, { state: 'refused', detail: /users_2 stays a table/ })
  const read = await run('/retirements', { tables: ['users_2'] })
  t.match(read, { state: 'refused', detail: /users_2 cannot be retired/ })
  t.match(await run('/retirements', {}), { state: 'done', result: { tables: [] } })
})

t.test('A job can be followed from its first line or from a later one, to its end', async (t) => {
  const { body } = await act<Schemas['Job']>('POST', '/verifications', { tables: ['users_2'] })
  const follow = async (headers: Record<string, string>) => {
    const response = await fetch(`${url}/jobs/${body.id}/events`, { headers })
    t.match(response.headers.get('content-type'), 'text/event-stream')
    const frames = (await response.text()).trim().split('\n\n')
    return frames.filter((frame) => !frame.startsWith('event: progress'))
  }
  const frames = await follow({})
  t.match(frames[0], /^id: 1\nevent: line\ndata: \{"line":1,"at":"[^"]+","text":"replaying /)
  t.match(frames.at(-1), /^event: ended\ndata: \{.*"state":"done"/)
  t.strictSame(await follow({ 'Last-Event-ID': '1' }), frames.slice(1))
  t.equal((await call('/jobs/999/events')).status, 404)
})

t.test('Operators suspend, reinstate, log out and reset users, each time by name', async (t) => {
  const user = `/users/${bob.user.id}`
  const suspended = await act<Schemas['Account']>('PUT', `${user}/suspension`, { reason: 'spam' })
  t.match(suspended.body, {
    ...{ suspension: { reason: null, actor: 'Ada' }, activeSessions: 0 },
    masked: ['email', 'suspension.reason'],
  })
  const { body: events }: Items<Schemas['LogEvent']> = await call('/events?types=user_suspended_17')
  t.match(events.items, [{ actor: 'operator:Ada', data: { actor: 'Ada', reason: null } }])
  t.match((await act('DELETE', `${user}/suspension`)).body, { suspension: null })
  const { data: again } = await client().POST('/sessions', {
    body: { email: bob.email, password: 'a few unrelated words' },
  })
  t.ok(again?.token)
  t.match((await act('DELETE', `${user}/sessions`)).body, { activeSessions: 0 })
  t.equal((await act('POST', `${user}/password-reset`)).status, 202)
  const { rows } = await owner.query(
    `select from work.tasks where data ->> 'email' = $1 and data ->> 'actor' = 'operator:Ada'`,
    [bob.email],
  )
  t.equal(rows.length, 1)
  const absent = '/users/00000000-0000-4000-8000-000000000000/suspension'
  t.equal((await act('PUT', absent, { reason: 'spam' })).status, 404)
  const { body: audit }: Items<Schemas['Act']> = await call('/audit?limit=5')
  t.match(
    audit.items.map(({ act, outcome, actor }) => [act, outcome, actor]),
    [
      ['suspend', 'refused', 'Ada'],
      ['send_reset', 'done', 'Ada'],
      ['end_sessions', 'done', 'Ada'],
      ['reinstate', 'done', 'Ada'],
      ['suspend', 'done', 'Ada'],
    ],
  )
})

t.test('A report is settled once', async (t) => {
  const back = await arrive('carol')
  const sent = await back.client.POST('/messages', { body: { to: ada.user.id, content: 'buy!' } })
  const params = { path: { id: sent.data?.id ?? '' } }
  await ada.client.POST('/messages/{id}/reports', { params, body: { reason: 'spam' } })
  const { body: open } = await act<Schemas['Reports']>('GET', '/reports?personal=shown')
  t.match(open, { open: 1, items: [{ reason: 'spam', content: 'buy!', reported: 'carol' }] })
  const settlement = `/reports/${open.items[0]?.id}/settlement`
  t.equal((await act('POST', settlement, { outcome: 'upheld', note: 'clear' })).status, 204)
  t.equal((await act('POST', settlement, { outcome: 'dismissed' })).status, 409)
  const { body: settled } = await call<Schemas['Reports']>('/reports?status=settled')
  t.match(settled, { open: 0, items: [{ outcome: 'upheld', actor: 'Ada', note: 'clear' }] })
})

t.test('Failed tasks are retried and dropped', async (t) => {
  const { rows } = await owner.query(
    `update work.tasks set attempts = 3, due_at = 'infinity', given_up_at = now() returning id`,
  )
  const [first, second] = rows.map(({ id }) => id)
  const none = '00000000-0000-4000-8000-000000000000'
  const retried = await act<Schemas['ChangedTasks']>('POST', '/tasks/retry', { ids: [first, none] })
  t.strictSame(retried.body, { count: 1, changed: [first], unchanged: [none] })
  const dropped = await act<Schemas['ChangedTasks']>('POST', '/tasks/drop', { ids: [second] })
  t.strictSame(dropped.body, { count: 1, changed: [second], unchanged: [] })
  const all = await act<Schemas['ChangedTasks']>('POST', '/tasks/drop', { all: true })
  t.equal(all.body.changed.length, rows.length - 2)
  const { body: audit } = await call<Schemas['Audit']>('/audit?limit=1')
  const { count, changed: ids } = all.body
  t.match(audit.items, [{ act: 'drop_tasks', arguments: { all: true }, result: { count, ids } }])
  const processes = Object.values(audit.items[0]?.result?.processes ?? {}) as number[]
  t.equal(
    processes.reduce((sum, each) => sum + each, 0),
    count,
  )
  t.equal((await act('POST', '/tasks/drop', {})).status, 422)
  t.equal((await act('POST', '/tasks/drop', { all: true, ids: [first] })).status, 422)
})

t.test(
  'A request without the name of the operator, or without JSON, changes nothing',
  async (t) => {
    const before = await call('/audit')
    const json = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ reason: 'spam' })
    const path = `/users/${ada.user.id}/suspension`
    const anonymous = await call<Schemas['Problem']>(path, { method: 'PUT', headers: json, body })
    t.match(anonymous, { status: 422, body: { errors: [{ parameter: 'epistle-actor' }] } })
    for (const name of ['%', ' ', encodeURIComponent('a\nb'), 'x'.repeat(101)]) {
      const headers = { ...json, 'Epistle-Actor': name }
      const answer = await call<Schemas['Problem']>(path, { method: 'PUT', headers, body })
      t.equal(answer.status, 422, name)
    }
    const headers = { 'Epistle-Actor': 'Ada', 'Content-Type': 'text/plain' }
    t.equal((await call(path, { method: 'PUT', headers, body })).status, 415)
    t.strictSame((await call('/audit')).body, before.body)
  },
)

t.test('The erasure of a user is a job without personal data in the list of acts', async (t) => {
  const dora = await arrive('dora')
  const job = await run('/erasures', { userId: dora.user.id, reason: 'asked by letter' })
  t.match(job, { state: 'done', result: { outcome: 'erased', position: /^\d+$/ } })
  const { body: frames } = await call<string>(`/jobs/${job.id}/events`)
  t.match(frames, /erasing the personal data of one user .* renewing the statistics/s)
  t.match(await run('/erasures', { userId: dora.user.id }), {
    result: { outcome: 'already_erased' },
  })
  const { body: account } = await call<Schemas['Account']>(`/users/${dora.user.id}`)
  t.match(account, { departedAt: String, erasedBy: 'Ada', email: null, masked: [] })
  const absent = { userId: '00000000-0000-4000-8000-000000000000' }
  t.match(await run('/erasures', absent), { state: 'refused' })
  const { rows } = await owner.query(
    `select concat(a::text, r::text) as text from work.acts a left join work.act_results r on r.act_id = a.id`,
  )
  for (const { text } of rows) t.notMatch(text, /dora|example\.org/)
})

t.test('The ledger of an erasure starts at the checkout, wherever the server runs', async (t) => {
  const eve = await arrive('eve')
  const folder = t.testdir()
  const ledger = join(folder, 'erasures.jsonl')
  const env = { ADMIN_DATABASE_URL: databaseUrl, FORGET_LEDGER: relative(checkout, ledger) }
  const another = await administered(t, env, databaseUrl)
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(folder)
  const { body } = await another.act<Schemas['Job']>('POST', '/erasures', { userId: eve.user.id })
  t.match(await ended(body.id), { state: 'done', result: { outcome: 'erased' } })
  t.match(JSON.parse(await readFile(ledger, 'utf8')), { userId: eve.user.id, kept: ['messages'] })
})

t.test('The list of acts cannot be changed, by the owner either', async (t) => {
  const refused = { code: 'LG002' }
  await t.rejects(owner.query(`update work.acts set actor = 'Eve'`), refused)
  await t.rejects(owner.query('delete from work.act_results'), refused)
  await t.rejects(owner.query('truncate work.job_lines'), refused)
})
