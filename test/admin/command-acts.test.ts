// What operators do on the command line is in the audit list and among the jobs, with its operator.
import { once } from 'node:events'
import { userInfo } from 'node:os'
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { withAct } from '../../src/cli/maintenance.ts'
import { loadConfig } from '../../src/config.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { untilWaits } from '../support/read-models/blocked-sessions.ts'
import { epistle, finished } from '../support/service.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await installedDatabase(t)
const { call, act, url, arrive, owner } = await administered(
  t,
  { ADMIN_DATABASE_URL: databaseUrl },
  databaseUrl,
)
const env = { DATABASE_URL: databaseUrl, FORGET_LEDGER: '' }
const ada = await arrive('ada')
const carol = await arrive('carol')

/** Runs a command, and returns the acts that it added to the list, the last one first. */
async function actsOf(...args: string[]) {
  const before = await list()
  const { code, stderr } = await finished(epistle(t, args, { env }))
  const acts = (await list()).slice(0, -before.length || undefined)
  return { code, stderr, acts }
}

async function list() {
  const { body }: Answer<{ items: Schemas['Act'][] }> = await call('/audit?limit=100')
  return body.items
}

t.test('A rebuild and a verify are jobs with their operator and result', async (t) => {
  await owner.query(`update read.users_2 set username = 'eve' where id = $1`, [ada.user.id])
  const rebuilt = await actsOf('rebuild', 'users_2', '--actor', ' Zoë ')
  t.match(rebuilt, {
    code: 0,
    acts: [{ act: 'rebuild', actor: 'Zoë', outcome: 'done', arguments: { tables: ['users_2'] } }],
  })
  const verified = await actsOf('verify', 'users_2')
  t.match(verified.acts, [{ act: 'verify', actor: userInfo().username, outcome: 'done' }])
  const { body }: Answer<{ items: Schemas['Job'][] }> = await call('/jobs')
  t.match(body.items, [
    { kind: 'verify', state: 'done', result: { tables: [{ table: 'users_2', differences: 0 }] } },
    { kind: 'rebuild', state: 'done', result: { tables: [{ table: 'users_2', replaced: 1 }] } },
  ])
})

t.test('A job of the command line has its progress and its end, but no lines', async (t) => {
  await actsOf('verify', 'users_2')
  const { body }: Answer<{ items: Schemas['Job'][] }> = await call('/jobs?limit=1')
  const response = await fetch(`${url}/jobs/${body.items[0]?.id}/events`)
  const frames = (await response.text()).trim().split('\n\n')
  t.strictSame(
    frames.map((frame) => /^event: (.*)/.exec(frame)?.[1]),
    ['progress', 'ended'],
  )
  const { body: document } = await call<{ paths: Record<string, Operations> }>('/openapi.json')
  t.match(document.paths['/jobs/{id}/events']?.get?.description, 'has no lines here')
})

type Operations = { readonly get?: { readonly description?: string } }

t.test('A refused command is recorded with its reason', async (t) => {
  const [unknown, demoted] = [
    await actsOf('retire', 'nope_1', '--actor', 'Zoë'),
    await actsOf('demote', 'users_2', '--actor', 'Zoë'),
  ]
  t.match(unknown, { code: 1, acts: [{ act: 'retire', outcome: 'refused', detail: /nope_1/ }] })
  t.match(demoted, {
    code: 1,
    acts: [{ act: 'demote', outcome: 'refused', detail: /stays a table/ }],
  })
})

t.test('A command runs as a job until a signal stops it', async (t) => {
  const blocker = await connect(t, databaseUrl)
  // The lock of verify and the like, so that the command waits.
  await blocker.query('select pg_advisory_lock(17744, 2)')
  const command = epistle(t, ['verify', '--actor', 'Zoë'], { env })
  const job = async () => {
    const { body }: Answer<{ items: Schemas['Job'][] }> = await call('/jobs?limit=1')
    return body.items[0]
  }
  await until('the command is a job that runs', async () => (await job())?.state === 'running')
  await untilWaits(owner, 'advisory 17744 2')
  command.child.kill('SIGTERM')
  await once(command.child, 'close')
  t.match(await job(), { kind: 'verify', state: 'stopped', detail: /a signal/, endedAt: String })
  await blocker.query('select pg_advisory_unlock(17744, 2)')
})

t.test(
  'The result of a command is recorded, also if its connection is lost before that',
  async (t) => {
    const act = { actor: 'Zoë', act: 'rebuild', arguments: { tables: ['users_2'] } }
    const command = withAct(loadConfig(env), async (client, begin) => {
      await begin(act)
      const { rows } = await client.query('select pg_backend_pid() as process')
      const lost = new Promise((resolve) => client.once('end', resolve))
      await owner.query('select pg_terminate_backend($1)', [rows[0].process])
      await lost
      return { returned: undefined, recorded: { tables: [{ table: 'users_2', replaced: 1 }] } }
    })
    await t.rejects(command, { name: 'ConnectionError' })
    const [last] = await list()
    t.match(last, { ...act, outcome: 'done', detail: null })
  },
)

t.test('Acts on users name them by id, however the operator names them', async (t) => {
  const suspended = await actsOf('user', 'suspend', ada.email, '--reason', 'spam', '--actor', 'Zoë')
  t.match(suspended.acts, [{ act: 'suspend', actor: 'Zoë', subject: ada.user.id, outcome: 'done' }])
  const shown = await actsOf('user', 'show', 'ada', '--actor', 'Zoë')
  t.match(shown.acts, [{ act: 'show_personal', actor: 'Zoë', subject: ada.user.id }], 'her address')
  const unknown = await actsOf('user', 'show', 'nobody@example.org')
  t.match(unknown, { code: 1, acts: [] })
  const absent = await actsOf('user', 'reinstate', 'nobody@example.org')
  t.match(absent, { code: 1, acts: [] }, 'what was typed is nowhere')
  const erased = await actsOf('forget', 'carol', '--actor', 'Zoë')
  t.match(erased.acts, [{ act: 'forget', subject: carol.user.id, outcome: 'done' }])
  const { body: account } = await call<Schemas['Account']>(`/users/${carol.user.id}`)
  t.match(account, { erasedBy: 'Zoë' })
  for (const text of await recorded()) t.notMatch(text, /example\.org|carol/)
})

/** All acts with their results, as texts. */
async function recorded(): Promise<string[]> {
  const { rows } = await owner.query(
    `select concat(a::text, r::text) as text from work.acts a left join work.act_results r on r.act_id = a.id`,
  )
  return rows.map(({ text }) => text)
}

t.test('The list of acts has nothing that was typed in place of a read table', async (t) => {
  const typed = 'eve@example.org'
  for (const command of ['verify', 'rebuild', 'demote', 'retire', 'show']) {
    const at = command === 'show' ? ['--at', '1'] : []
    const { code, stderr, acts } = await actsOf(command, typed, ...at)
    t.equal(code, 1, command)
    t.match(stderr, `unknown read table "${typed}"; choose one of `)
    t.strictSame(acts, [])
  }
  for (const path of ['/verifications', '/rebuilds', '/demotions', '/retirements']) {
    const { status, body } = await act<Schemas['Problem']>('POST', path, { tables: [typed] })
    t.match({ status, body }, { status: 422, body: { errors: [{ pointer: '/tables/0' }] } }, path)
  }
  for (const text of await recorded()) t.notOk(text.includes(typed), text)
})

t.test('The list of acts has nothing that was typed in place of a webhook', async (t) => {
  const typed = 'eve@example.org'
  const target = 'https://8.8.8.8/hook'
  for (const args of [
    ['enable', typed],
    ['disable', typed],
    ['remove', typed],
    ['rotate', typed],
    ['replay', typed, '--after', '0'],
    ['add', typed, target],
    ['add', 'eve', 'http://eve'],
    ['add', 'eve', target, '--types', 'eve'],
    ['add', 'eve', target, '--after', '999999999'],
  ]) {
    const { code, acts } = await actsOf('webhook', ...args)
    t.equal(code, 1, args.join(' '))
    t.strictSame(acts, [])
  }
  for (const text of await recorded()) t.notOk(text.includes(typed), text)
  t.match((await actsOf('webhook', 'list')).acts, [])
})

t.test('Acts on a webhook are recorded with its name', async (t) => {
  const actOf = async (action: string, ...args: string[]) =>
    (await actsOf('webhook', action, 'shop', ...args, '--actor', 'Zoë')).acts
  const named = (action: string) => [
    { act: `webhook_${action}`, actor: 'Zoë', subject: 'shop', outcome: 'done' },
  ]
  t.match(await actOf('add', 'https://8.8.8.8/hook'), named('add'))
  t.match(await actOf('replay', '--after', '0'), named('replay'))
  for (const action of ['disable', 'enable', 'rotate', 'remove']) {
    t.match(await actOf(action), named(action))
  }
})

t.test('Tasks, tables and reports that were shown are recorded', async (t) => {
  await owner.query(
    `insert into work.tasks (process, due_at, attempts) values ('a_0', 'infinity', 1), ('b_0', 'infinity', 2)`,
  )
  const { acts: drops } = await actsOf('tasks', 'drop', '--all')
  const result = { count: 2, processes: { a_0: 1, b_0: 1 } }
  t.match(drops, [{ act: 'drop_tasks', outcome: 'done', result }])
  const { acts } = await actsOf('show', 'users_2', '--at', '1', '--actor', 'Zoë')
  t.match(acts, [{ act: 'show_personal', subject: 'users_2', arguments: { at: '1' } }])
  const reports = await actsOf('reports', '--settled', '--actor', 'Zoë')
  t.match(reports, {
    code: 0,
    acts: [{ act: 'show_personal', actor: 'Zoë', subject: 'reports', outcome: 'done' }],
  })
})

t.test('--actor takes the names that the admin port takes', async (t) => {
  for (const name of ['', ' ', 'a\nb', 'x'.repeat(101)]) {
    const { code, stderr, acts } = await actsOf('verify', 'users_2', '--actor', name)
    t.equal(code, 1)
    t.match(stderr, '--actor takes a name of 1 to 100 characters on one line')
    t.strictSame(acts, [])
  }
})
