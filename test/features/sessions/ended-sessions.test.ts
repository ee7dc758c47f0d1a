// Two servers on one database: from the moment a session ends on one, the other records none of its commands and
// responds 401 to whatever it sends, also within the seconds in which it skips the look-up of the session.
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { append, sessionEnded } from '../../support/append-requests.ts'
import {
  type Person,
  paths,
  profile,
  type Sent,
  send,
  startedWith,
  twoServers,
} from '../../support/ended-sessions.ts'
import { password } from '../../support/http/served.ts'

const { here, there, owner, bob, people, person, logOut, rejected } = await twoServers(t)

const post = (path: string, body: object) => ({ method: 'POST', path, body })
const message = { to: bob.user.id, content: 'hello' }

/** Marks a request that must record nothing. */
const marked = (sent: Sent): Sent => ({
  ...sent,
  headers: { ...sent.headers, 'x-request-id': `ended-${randomUUID()}` },
})

/** A valid body of each operation that needs one, and the id for its path. */
const valid: Record<string, (by: Person) => { id?: string; body?: object }> = {
  changePassword: () => ({
    body: { currentPassword: password, newPassword: 'another few words' },
  }),
  changeUsername: ({ userId }) => ({ body: { username: `u${userId.slice(-12)}` } }),
  requestEmailChange: ({ userId }) => ({
    body: { newEmail: `${userId}@new.example`, currentPassword: password },
  }),
  deleteAccount: () => ({ body: { currentPassword: password } }),
  logOut: () => ({}),
  endSession: ({ other }) => ({ id: other }),
  endOtherSessions: () => ({}),
  labelSession: ({ other }) => ({ id: other, body: { label: 'phone' } }),
  sendMessage: () => ({ body: message }),
  sendMessages: () => ({ body: { messages: [message, message] } }),
  editMessage: ({ messageId }) => ({ id: messageId, body: { content: 'edited' } }),
  deleteMessage: ({ messageId }) => ({ id: messageId }),
  reportMessage: ({ received }) => ({ id: received, body: { reason: 'spam' } }),
  readConversation: ({ messageId }) => ({ id: bob.user.id, body: { upTo: messageId } }),
  blockUser: () => ({ id: bob.user.id }),
  unblockUser: () => ({ id: bob.user.id }),
}

/** Requests of an operation: a valid one, and ones that are rejected or change nothing for other reasons. */
const variants: Record<string, (sent: Sent, at: (id: string) => string) => Sent> = {
  'a valid request': (sent) => sent,
  'a request with a key': (sent) => ({ ...sent, headers: { 'idempotency-key': 'k' } }),
  'another version': (sent) => ({ ...sent, headers: { 'if-match': '"99"' } }),
  'another type': (sent) => ({ ...sent, body: 'x', headers: { 'content-type': 'text/plain' } }),
  'no JSON': (sent) => ({ ...sent, body: '{' }),
  'an invalid body': (sent) => ({ ...sent, body: { unknown: 1 } }),
  'an unknown parameter': (sent) => ({ ...sent, path: `${sent.path}?unknown=1` }),
  'an invalid id': (sent, at) => ({ ...sent, path: at('x') }),
  'an unknown id': (sent, at) => ({ ...sent, path: at(randomUUID()) }),
}

const commands = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([method, { security }]) => method !== 'get' && security?.length !== 0)
    .map(([method, { operationId }]) => ({ operationId, method: method.toUpperCase(), path })),
)

t.test('Every command that needs a session is tested', async (t) => {
  t.same(commands.map(({ operationId }) => operationId).sort(), Object.keys(valid).sort())
})

for (const { operationId, method, path } of commands) {
  t.test(`After the end of its session ${operationId} is rejected, whatever is sent`, async (t) => {
    const names = Object.keys(variants)
    const all = (await people(2 * names.length)).map((by, n) => {
      const { id = '', body } = valid[operationId]?.(by) ?? {}
      const at = (id: string) => path.replace(/\{\w+\}/, id)
      const name = names[n % names.length] as string
      const sent = variants[name]?.({ method, path: at(id), ...(body && { body }) }, at) as Sent
      return { name, by, sent }
    })
    // One half sends the same request twice, before and after the end of the session.
    const before = all.slice(names.length).map(({ by, sent }) => send(there, by.token, sent))
    for (const { status } of await Promise.all(before)) t.not(status, 401)
    await append(
      owner,
      all.map(({ by }) => sessionEnded(by.session, by.userId)),
    )
    const after = all.map(({ by, sent }) => send(there, by.token, marked(sent)))
    for (const [n, response] of (await Promise.all(after)).entries()) {
      t.strictSame(response, rejected, `${all[n]?.name}`)
    }
  })
}

t.test('A server forgets a session that it ends, and rejects it without an append', async (t) => {
  const { token } = await person()
  t.equal((await send(here, token, profile)).status, 200)
  await logOut(token)
  // An append would wait for this lock.
  await owner.query('begin; select log.take_append_lock()')
  const response = await send(here, token, marked(post('/messages', message)))
  await owner.query('rollback')
  t.strictSame(response, rejected)
})

t.test('A change of password on one server rejects the commands of other sessions', async (t) => {
  const { userId, token } = await person()
  const other = randomBytes(32).toString('base64url')
  await append(owner, [startedWith(other, randomUUID(), userId)])
  const body = { currentPassword: password, newPassword: 'another few words' }
  const changed = await send(here, other, { method: 'PUT', path: '/users/me/password', body })
  t.equal(changed.status, 204)
  t.strictSame(await send(there, token, marked(post('/messages', message))), rejected)
})

t.test('A session that expires after its look-up appends nothing', async (t) => {
  const { session, token } = await person()
  await owner.query('update read.sessions_10 set expires_at = now() where id = $1', [session])
  t.strictSame(await send(there, token, marked(post('/messages', message))), rejected)
})

t.test('A session that has ended gets 401, not 429, at a full rate limit', async (t) => {
  const { token } = await person()
  const batch = post('/messages/batch', { messages: Array(100).fill(message) })
  while ((await send(there, token, batch)).status !== 429);
  await logOut(token)
  t.strictSame(await send(there, token, marked(batch)), rejected)
})

t.test('No request after the end of its session has recorded anything', async (t) => {
  const late = `select type from log.events where metadata ->> 'requestId' like 'ended-%'`
  t.strictSame((await owner.query(late)).rows, [])
})

t.test('In a race of commands and the end of their session, the end comes last', async (t) => {
  const race = async ({ session, token }: Person) => {
    const command = (n: number) => ({
      ...post('/messages', message),
      headers: { 'x-request-id': `${session}.${n}` },
    })
    const ended = pause(Math.random() * 20).then(() => logOut(token))
    const statuses: number[] = []
    for (let n = 0; statuses.at(-1) !== 401; n += 4) {
      const sent = [n, n + 1, n + 2, n + 3].map((each) => send(there, token, command(each)))
      statuses.push(...(await Promise.all(sent)).map(({ status }) => status).sort())
    }
    await ended
    return { session, statuses }
  }
  // More than 2,000 sessions with 13,000 messages went right, too.
  for (const { session, statuses } of await Promise.all((await people(16)).map(race))) {
    const { rows } = await owner.query<{ recorded: number; late: number }>(
      `select count(*)::int as recorded, count(*) filter (where e.position > ended.position)::int as late
       from log.events e, log.session_ended_0 ended
       where ended.id = $1 and e.metadata ->> 'requestId' like $1 || '.%'`,
      [session],
    )
    const accepted = statuses.filter((status) => status === 201).length
    t.same(rows, [{ recorded: accepted, late: 0 }])
    t.same(new Set([...statuses, 201, 401]), new Set([201, 401]))
  }
})
