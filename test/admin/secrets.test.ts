// What the admin port never gives: secrets to operators, and anything to pages of other sites.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { administered } from '../support/http/admin.ts'
import { password } from '../support/http/served.ts'

type Schemas = components['schemas']

const { call, url, owner, arrive, server } = await administered(t)
const ada = await arrive('ada')

t.test('No response contains a password, a token or a hash of one', async (t) => {
  const { rows } = await owner.query(`
    select password_hash as secret from log.user_registered_1
    union all select encode(token_hash, 'hex') from log.session_started_10
    union all select encode(token_hash, 'base64') from log.session_started_10`)
  const secrets = [...rows.map(({ secret }) => secret), ada.token, password]
  const { body: tables } = await call<Schemas['Tables']>('/tables')
  const paths = [
    '/events?limit=100&',
    ...tables.readTables.map(({ name }) => `/tables/${name}/rows?limit=100&`),
    ...tables.readTables.map(({ name }) => `/tables/${name}/comparison?at=0&limit=100&`),
    `/streams/${ada.user.id}?`,
  ]
  for (const path of paths) {
    const headers = { 'Epistle-Actor': 'zoe' }
    const answer = await call(`${path}personal=shown`, { headers })
    t.equal(answer.status, 200, path)
    const text = JSON.stringify(answer.body)
    t.notOk(
      secrets.some((secret) => text.includes(secret)),
      path,
    )
  }
})

t.test('Pages of other sites reach nothing, whatever they send', async (t) => {
  const statusOf = async (headers: Record<string, string>, method = 'GET', path = '/status') =>
    (await fetch(url + path, { method, headers })).status
  t.equal(await statusOf({ 'Sec-Fetch-Site': 'cross-site' }), 403)
  t.equal(await statusOf({ 'Sec-Fetch-Site': 'same-site' }), 403, 'another port of this host')
  t.equal(await statusOf({ Origin: 'https://evil.example' }), 403)
  t.equal(await statusOf({ Origin: 'null' }), 403)
  t.equal(await statusOf({ Origin: server.url }), 403, 'the public port')
  t.equal(await statusOf({ Origin: url, 'Sec-Fetch-Site': 'same-origin' }), 200)
  t.equal(await statusOf({ 'Sec-Fetch-Site': 'none' }), 200)
  t.equal(await statusOf({ 'Sec-Fetch-Site': 'cross-site' }, 'GET', '/livez'), 200)
  t.equal(await statusOf({ 'Sec-Fetch-Site': 'cross-site' }, 'GET', '/docs/'), 200, 'a link')
  const acting = { Origin: 'https://evil.example', 'Epistle-Actor': 'Eve' }
  t.equal(await statusOf(acting, 'DELETE', `/users/${ada.user.id}/sessions`), 403)
  t.equal((await owner.query(`select from work.acts where actor = 'Eve'`)).rowCount, 0)
  const preflight = await fetch(`${url}/status`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
  })
  t.equal(preflight.headers.get('access-control-allow-origin'), null)
})
