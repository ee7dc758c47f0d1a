// Secrets stay out of the log at every log level and with every error.
import { createHash } from 'node:crypto'
import t from 'tap'
import { password, served } from '../../support/http/served.ts'

const { arrive, send, owner, lines } = await served(t, { LOG_LEVEL: 'trace' })

t.test('The log contains no secret after successful and failed requests', async (t) => {
  const secrets = {
    password,
    wrong: 'a wrong password of mine',
    next: 'the next secret words',
    content: 'meet me at the old bridge',
    key: 'idempotency-key-5f0c',
    query: 'searchedname',
  }
  const ada = await arrive('ada')
  const { token } = ada
  const headers = { 'idempotency-key': secrets.key, cookie: 'session=cookie-9a1' }
  const call = (path: string, method: string, body: unknown) =>
    send(path, { method, token, headers, body: JSON.stringify(body) })
  await call('/messages', 'POST', { to: ada.user.id, content: secrets.content })
  await call('/messages', 'POST', { to: 'invalid', content: secrets.content })
  await call('/sessions', 'POST', { email: ada.email, password: secrets.wrong })
  await call('/users', 'POST', { email: ada.email, username: 'other', password: secrets.next })
  await send(`/users?username=${secrets.query}`, { token })
  await owner.query('revoke execute on all functions in schema log from epistle_service')
  await call('/messages', 'POST', { to: ada.user.id, content: secrets.content })
  await call('/users/me/password', 'PUT', { currentPassword: password, newPassword: secrets.next })
  const { rows } = await owner.query('select password_hash from read.users_2')
  const hash: string = rows[0].password_hash
  const log = lines.join('')
  t.match(log, /"problem":"internal"/, 'the failed requests are logged')
  t.match(log, /"path":"\/messages"/)
  const all = {
    ...secrets,
    token,
    tokenHash: createHash('sha256').update(token).digest('hex'),
    hash,
    argon2: '$argon2',
    cookie: 'cookie-9a1',
    bearer: 'Bearer',
    email: ada.email,
  }
  for (const [name, secret] of Object.entries(all)) t.notOk(log.includes(secret), name)
})
