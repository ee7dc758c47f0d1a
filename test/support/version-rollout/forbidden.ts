// Commands that a constraint forbids: each is prepared through one server and tried through another, which must
// refuse it with the right code, whichever versions the two have.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Answer, Ledger } from '../faults/ledger.ts'
import { password } from '../http/served.ts'

interface Reply {
  readonly status: number
  readonly code: string | undefined
  readonly body: { readonly id: string; readonly token: string }
}

interface Account {
  readonly id: string
  readonly token: string
  readonly email: string
}

/** Two servers, two users, and what was not as expected. */
interface Trial {
  readonly ledger: Ledger
  readonly one: string
  readonly other: string
  readonly mallory: Account
  readonly eve: Account
  readonly expect: (what: string, reply: Reply, status: number, code?: string) => void
}

/** Commands that were not refused as they should, prepared through `one` and tried through `other`. */
export async function notRefused(ledger: Ledger, one: string, other: string): Promise<string[]> {
  const found: string[] = []
  const expect: Trial['expect'] = (what, { status, code }, wanted, wantedCode) => {
    if (status !== wanted || (wantedCode && code !== wantedCode))
      found.push(`${what}: expected ${wanted} ${wantedCode ?? ''}, got ${status} ${code ?? ''}`)
  }
  const [mallory, eve] = [await newcomer(ledger, one), await newcomer(ledger, one)]
  const trial = { ledger, one, other, mallory, eve, expect }
  await tryTakenNames(trial)
  await tryMessages(trial)
  await tryEndedSession(trial)
  await tryOldPassword(trial)
  return found
}

async function tryTakenNames({ other, mallory, expect }: Trial): Promise<void> {
  const [name] = mallory.email.split('@')
  const [email, username] = [`y${hex()}@example.org`, `x${hex()}`]
  const register = (body: object) => call(other, 'POST', '/users', { password, ...body })
  expect('a taken address', await register({ email: mallory.email, username }), 409, 'email_taken')
  expect('a taken username', await register({ email, username: name }), 409, 'username_taken')
}

async function tryMessages({ ledger, one, other, mallory, eve, expect }: Trial): Promise<void> {
  const send = (to: string) => message(ledger, other, eve, to)
  expect('an unknown recipient', await send(randomUUID()), 422, 'recipient_unknown')
  expect('a block', await call(one, 'PUT', `/blocks/${eve.id}`, undefined, mallory), 204)
  expect('a message to a user who blocks', await send(mallory.id), 403, 'blocked')
  const sent = await message(ledger, one, mallory, mallory.id)
  const path = `/messages/${sent.body.id}`
  const edited = await call(other, 'PATCH', path, { content: 'changed' }, eve)
  expect('an edit of a message of another user', edited, 404)
}

async function tryEndedSession({ ledger, one, other, eve, expect }: Trial): Promise<void> {
  expect('a logout', await call(one, 'DELETE', '/sessions/current', undefined, eve), 204)
  expect('a message of an ended session', await message(ledger, other, eve, eve.id), 401)
  expect('a read of an ended session', await call(other, 'GET', '/users/me', undefined, eve), 401)
}

async function tryOldPassword({ ledger, one, other, mallory, expect }: Trial): Promise<void> {
  const { email } = mallory
  const newPassword = `${password} 2`
  const change = { currentPassword: password, newPassword }
  const changed = await call(one, 'PUT', '/users/me/password', change, mallory)
  expect('a change of the password', changed, 204)
  acknowledge(ledger, mallory.id, changed)
  const logIn = (password: string) => call(other, 'POST', '/sessions', { email, password })
  expect('the old password', await logIn(password), 401, 'invalid_credentials')
  expect('the new password', await logIn(newPassword), 201)
}

/** Registers a user, and logs them in. */
async function newcomer(ledger: Ledger, base: string): Promise<Account> {
  const name = `user${hex()}`
  const email = `${name}@example.org`
  const registered = await call(base, 'POST', '/users', { email, username: name, password })
  acknowledge(ledger, email, registered)
  const { body } = await call(base, 'POST', '/sessions', { email, password })
  return { id: registered.body.id, token: body.token, email }
}

async function message(ledger: Ledger, base: string, { token }: Account, to: string) {
  const content = `forbidden? ${hex()}`
  const reply = await call(base, 'POST', '/messages', { to, content }, { token })
  acknowledge(ledger, content, reply)
  return reply
}

/** Records an accepted command, so that the ledger knows where its event comes from. */
function acknowledge(ledger: Ledger, mark: string, reply: Reply & { readonly answer: Answer }) {
  if (reply.status >= 300) return
  const command = { path: '', method: 'POST', body: {}, mark, events: 1 } as const
  ledger.acknowledge(command, reply.answer)
}

async function call(
  base: string,
  method: string,
  path: string,
  body?: object,
  account?: { readonly token: string },
): Promise<Reply & { readonly answer: Answer }> {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(account && { authorization: `Bearer ${account.token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const header = (name: string) => response.headers.get(name)
  const [location, etag, position] = ['location', 'etag', 'epistle-position'].map(header)
  const parsed = text === '' ? {} : JSON.parse(text)
  const { status } = response
  return {
    status,
    code: parsed.code,
    body: parsed,
    answer: {
      status,
      text,
      location: location ?? null,
      etag: etag ?? null,
      position: position ?? null,
    },
  }
}

function hex(): string {
  return randomBytes(8).toString('hex')
}
