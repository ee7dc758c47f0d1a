// A refused command costs no new connection: pg's pool closes a connection after each query that PostgreSQL answers with
// an error, so no refusal may be such an error.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { password, served } from '../../support/http/served.ts'

const { owner, arrive, client, send } = await served(t, { DATABASE_POOL_SIZE: '4' })
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

/** The connections of the server, by their processes. */
async function connections(): Promise<number[]> {
  const { rows } = await owner.query(
    `select pid from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  )
  return rows.map(({ pid }) => pid)
}

const message = (to: string, content = 'x') =>
  ada.client.POST('/messages', { body: { to, content } })
const header = { 'idempotency-key': 'once' }
const keyed = (content: string) =>
  send('/messages', {
    method: 'POST',
    token: ada.token,
    headers: header,
    body: JSON.stringify({ to: bob.user.id, content }),
  })

const refusals: Record<string, () => Promise<{ response: Response } | Response>> = {
  recipient_unknown: () => message(randomUUID()),
  blocked: () => message(bob.user.id),
  email_taken: () =>
    client().POST('/users', { body: { email: ada.email, username: 'carl', password } }),
  username_taken: () =>
    client().POST('/users', { body: { email: 'carl@example.org', username: 'ada', password } }),
  invalid_credentials: () =>
    client().POST('/sessions', { body: { email: ada.email, password: 'a wrong password' } }),
  not_found: () => send(`/messages/${randomUUID()}`, { token: ada.token }),
  unauthenticated: () => send('/users/me', { token: 'none' }),
  version_mismatch: () =>
    send('/users/me/password', {
      method: 'PUT',
      token: ada.token,
      headers: { 'if-match': '"99"' },
      body: JSON.stringify({ currentPassword: password, newPassword: 'another few words' }),
    }),
  wrong_password: () =>
    send('/users/me/password', {
      method: 'PUT',
      token: ada.token,
      body: JSON.stringify({ currentPassword: 'a wrong one', newPassword: 'another few words' }),
    }),
  idempotency_key_reused: () => keyed('two'),
}

t.test('No refused command closes a connection', async (t) => {
  await keyed('one')
  await bob.client.PUT('/blocks/{userId}', { params: { path: { userId: ada.user.id } } })
  for (const [name, refuse] of Object.entries(refusals)) {
    const before = await connections()
    for (let n = 0; n < 3; n += 1) {
      const answer = await refuse()
      const { status } = answer instanceof Response ? answer : answer.response
      t.ok(status >= 400 && status < 500, `${name}: ${status}`)
    }
    const after = new Set(await connections())
    t.strictSame(
      before.filter((pid) => !after.has(pid)),
      [],
      name,
    )
  }
})
