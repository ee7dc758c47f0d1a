// Read tables on the admin port, in a database whose old tables are all still there: the rows that differ, a demotion
// and a retirement that succeed, and what stands in the way. Each response is compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { holdLeases } from '../../src/platform/read-models/serve/leases.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await stepwiseDatabase(t)
const { call, act, owner, arrive } = await administered(
  t,
  { ADMIN_DATABASE_URL: databaseUrl },
  databaseUrl,
)
const ada = await arrive('ada')
const bob = await arrive('bob')

async function run(path: string, body: object): Promise<Schemas['Job']> {
  const { body: started } = await act<Schemas['Job']>('POST', path, body)
  return until(`job ${started.id} ends`, async () => {
    const { body: job } = await call<Schemas['Job']>(`/jobs/${started.id}`)
    return job.state === 'running' ? undefined : job
  })
}

const linesOf = async ({ id }: Schemas['Job']) => (await call<string>(`/jobs/${id}/events`)).body
const table = (name: string) => call<Schemas['TableDetails']>(`/tables/${name}`)
const obstacles = async (name: string) =>
  Object.fromEntries((await table(name)).body.verbs.map(({ verb, obstacles }) => [verb, obstacles]))
const differences = async (name: string, headers?: Record<string, string>) => {
  const query = headers ? '?personal=shown' : ''
  const path = `/tables/${name}/differences${query}`
  return (await call<Schemas['Differences']>(path, { ...(headers && { headers }) })).body
}
const countEvents = async () =>
  (await owner.query('select count(*)::int as count from log.events')).rows[0].count

/** The values of a row that differs, by column. */
function sideOf(
  { columns, rows }: Schemas['Differences'],
  id: string,
  side: 'expected' | 'actual',
) {
  const place = columns.findIndex(({ name }) => name === 'id')
  const row = rows.find(({ expected, actual }) => (expected ?? actual)?.[place] === id)
  const values = row?.[side]
  return values && Object.fromEntries(columns.map(({ name }, n) => [name, values[n]]))
}

const extraId = '00000000-0000-4000-8000-00000000000e'

t.test('The rows that differ are listed expected beside actual, without secrets', async (t) => {
  t.match(await differences('users_2'), { verified: null, rows: [] })
  await owner.query(
    `update read.users_2 set username = 'eve', password_hash = 'stolen' where id = $1`,
    [ada.user.id],
  )
  await owner.query('delete from read.users_2 where id = $1', [bob.user.id])
  await owner.query(
    `insert into read.users_2 (id, email, password_hash, registered_at, position)
     values ($1, 'extra@example.org', 'x', now(), 9007199254740993)`,
    [extraId],
  )
  t.match(await run('/verifications', { tables: ['users_2'] }), { state: 'done' })
  const masked = await differences('users_2')
  t.match(masked.verified, { differences: 3 })
  t.strictSame(masked.rows.map(({ kind }) => kind).sort(), ['different', 'extra', 'missing'])
  const changed = masked.rows.find(({ kind }) => kind === 'different')?.changed
  t.strictSame(changed?.toSorted(), ['password_hash', 'username'])
  t.match(sideOf(masked, ada.user.id, 'actual'), { id: ada.user.id, username: null, email: null })
  t.equal(sideOf(masked, bob.user.id, 'actual'), null)
  t.match(
    sideOf(masked, extraId, 'actual'),
    { position: '9007199254740993' },
    'no number is rounded',
  )
  t.equal(sideOf(masked, extraId, 'expected'), null)
  const shown = await differences('users_2', { 'Epistle-Actor': 'Ada' })
  t.match(sideOf(shown, ada.user.id, 'expected'), { username: 'ada', password_hash: null })
  t.match(sideOf(shown, ada.user.id, 'actual'), { username: 'eve', password_hash: null })
  t.match(sideOf(shown, bob.user.id, 'expected'), { email: 'bob@example.org' })
  t.match(
    shown.columns.find(({ name }) => name === 'password_hash'),
    { masked: true },
    'a secret stays masked',
  )
  const { rows } = await owner.query('select to_jsonb(d)::text as text from work.differences d')
  t.equal(rows.length, 3)
  for (const { text } of rows) t.notMatch(text, /stolen|argon2/)
  const { body: audit }: Answer<{ items: Schemas['Act'][] }> = await call('/audit?limit=1')
  t.match(audit.items, [{ act: 'show_personal', subject: 'users_2', actor: 'Ada' }])
  t.match(await run('/rebuilds', { tables: ['users_2'] }), {
    result: { tables: [{ replaced: 3 }] },
  })
  t.match(await differences('users_2'), { verified: { differences: 0 }, rows: [] })
  t.equal((await call('/tables/nope_1/differences')).status, 404)
})

t.test('An erasure deletes all rows that differed', async (t) => {
  const carol = await arrive('carol')
  await owner.query(`update read.users_2 set username = 'mallory' where id = $1`, [carol.user.id])
  await run('/verifications', { tables: ['users_2'] })
  t.equal((await differences('users_2')).rows.length, 1)
  t.match(await run('/erasures', { userId: carol.user.id }), { state: 'done' })
  t.equal((await owner.query('select from work.differences')).rowCount, 0)
  t.match(await differences('users_2'), { verified: { differences: 1 }, rows: [] })
})

t.test('An old table becomes a view over HTTP, and stays in the matrix', async (t) => {
  t.strictSame((await obstacles('users_1')).demote, [])
  t.match((await obstacles('users_2')).demote, [
    /No installed release has a view/,
    /No newer version/,
  ])
  const job = await run('/demotions', { tables: ['users_1'] })
  t.match(job, { state: 'done', result: { tables: ['users_1'] } })
  t.match(await linesOf(job), /comparing all rows of users_1 .*users_1 is now a view/s)
  t.strictSame(job.progress, { done: 1, total: 1, unit: 'tables', percent: 100 })
  t.match((await table('users_1')).body.table, { state: 'demoted', viewOf: ['users_2'] })
  t.match(await obstacles('users_1'), { verify: [/a view of: users_2/], demote: [], retire: [] })
  const { body } = await call<Schemas['Matrix']>('/matrix')
  const cells = body.items.filter(({ readTable }) => readTable === 'users_1')
  t.equal(cells.length, new Set(body.items.map(({ eventType }) => eventType)).size)
  t.match(
    cells.find(({ eventType }) => eventType === 'user_registered_0'),
    { kind: 'view', path: ['user_registered_1', 'users_2'], attached: true, fault: null },
  )
  t.match(
    cells.find(({ eventType }) => eventType === 'session_started_0'),
    { kind: 'ignored', path: null },
  )
  const again = await run('/demotions', { tables: ['users_1'] })
  t.match(await linesOf(again), 'users_1 is already the view')
})

t.test('A table stays while a server reads it or a view shows it, and then retires', async (t) => {
  const leases = await holdLeases({
    ...{ databaseUrl, tables: ['users_0'], holder: 'an old server' },
    onChange: () => undefined,
  })
  t.teardown(() => leases.close())
  t.match((await obstacles('users_0')).retire, [/an old server .*reads it\. Replace or stop it/])
  t.match(await run('/retirements', { tables: ['users_0'] }), {
    state: 'refused',
    detail: /an old server/,
  })
  t.match((await obstacles('users_2')).retire, [
    /No newer version/,
    /^epistle serve .* reads it/,
    /users_1 is a view of it\. Retire users_1 first/,
  ])
  await leases.close()
  t.strictSame((await obstacles('users_0')).retire, [])
  const events = await countEvents()
  const job = await run('/retirements', { tables: ['users_0'] })
  t.match(job, { state: 'done', result: { tables: ['users_0'] } })
  t.match(await linesOf(job), 'users_0 is gone; its events stay in the log')
  t.equal((await table('users_0')).status, 404)
  t.match(await run('/retirements', { tables: ['users_1'] }), { state: 'done' }, 'a view, too')
  t.equal(await countEvents(), events)
  const rest = await run('/retirements', {})
  t.match(rest.result, { tables: /\bsessions_0\b/ }, 'all that no server reads')
  const { length } = (rest.result?.tables ?? []) as string[]
  t.strictSame(rest.progress, { done: length, total: length, unit: 'tables', percent: 100 })
  t.match((await call<Schemas['Status']>('/status')).body.upgrade, { step: 'none' })
  t.ok((await arrive('dora')).token, 'the service goes on')
})
