// Registering and changing the password, on a database: what its constraints refuse, who wins a
// race, which sessions end.
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { logIn } from '../../../src/features/sessions/log-in.ts'
import { listSessions } from '../../../src/features/sessions/queries.ts'
import { changePassword, type PasswordChange } from '../../../src/features/users/change-password.ts'
import { findCredentials, profileFinder } from '../../../src/features/users/queries.ts'
import { registerUser, type UserCommandDeps } from '../../../src/features/users/register.ts'
import { precondition } from '../../../src/platform/http/conventions/etags.ts'
import { client, firstPassword, openDomain, quickHasher } from '../../support/domain.ts'

const domain = await openDomain(t)
const secondPassword = 'staple of my diet'
const all = { order: 'desc', fetch: 100 } as const

/** Changes a password in a session of its own, unless the test says otherwise. */
async function change(
  user: { id: string; email: string },
  wanted: Partial<PasswordChange> = {},
  deps: UserCommandDeps = domain,
) {
  const sessionId = wanted.sessionId ?? (await domain.logIn(user.email)).id
  return changePassword(deps, {
    userId: user.id,
    sessionId,
    currentPassword: firstPassword,
    newPassword: secondPassword,
    precondition: () => {},
    client,
    metadata: {},
    ...wanted,
  })
}

t.test('who registered is found, with the time the log has', async (t) => {
  const registration = {
    email: 'Ada@Example.org',
    username: 'ada',
    password: firstPassword,
    client,
    metadata: { requestId: 'request-1' },
  }
  const { id, recordedAt, version, position } = await registerUser(domain, registration)
  t.same(await profileFinder(domain.pool)(id), {
    id,
    email: 'Ada@Example.org',
    username: 'ada',
    registeredAt: recordedAt.toISOString(),
    emailVerified: false,
    version: 1,
  })
  t.equal(version, 1)
  const { rows } = await domain.pool.query(
    'select position, metadata from log.events where stream_id = $1',
    [id],
  )
  t.same(rows, [{ position, metadata: { requestId: 'request-1' } }])
})

t.test('an address or a name that is taken is refused, in capitals too', async (t) => {
  await domain.register('bob')
  const again = {
    email: 'xena@example.org',
    username: 'xena',
    password: firstPassword,
    client,
    metadata: {},
  }
  await t.rejects(registerUser(domain, { ...again, email: 'BOB@example.ORG' }), {
    code: 'email_taken',
  })
  await t.rejects(registerUser(domain, { ...again, username: 'bob' }), { code: 'username_taken' })
})

t.test('a refused password is never hashed, and nothing is recorded', async (t) => {
  let hashed = 0
  const hash = (password: string) => {
    hashed += 1
    return quickHasher.hash(password)
  }
  const deps = { ...domain, hasher: { ...quickHasher, hash } }
  const registration = { email: 'carl@example.org', username: 'carl', client, metadata: {} }
  await t.rejects(registerUser(deps, { ...registration, password: 'Password1' }), {
    code: 'password_refused',
    reason: /common/,
  })
  t.equal(hashed, 0)
  t.equal(await findCredentials(domain.pool, 'carl@example.org'), undefined)
})

t.test('after a change only the new password is good for a login', async (t) => {
  const user = await domain.register('dora')
  const { version } = await change(user)
  t.equal((await profileFinder(domain.pool)(user.id))?.version, version)
  t.ok(await domain.logIn(user.email, secondPassword))
  await t.rejects(domain.logIn(user.email, firstPassword), { code: 'invalid_credentials' })
})

t.test('a change ends every other session, and nobody else’s', async (t) => {
  const [user, other] = [await domain.register('emil'), await domain.register('fred')]
  const desk = await domain.logIn(user.email)
  await domain.logIn(user.email)
  await domain.logIn(other.email)
  await change(user, { sessionId: desk.id })
  const ids = async (id: string) =>
    (await listSessions(domain.pool, id, all)).map((session) => session.id)
  t.same(await ids(user.id), [desk.id])
  t.equal((await ids(other.id)).length, 1)
})

t.test('who does not know the current password changes nothing', async (t) => {
  const user = await domain.register('gina')
  await t.rejects(change(user, { currentPassword: 'a wrong guess' }), { code: 'wrong_password' })
  await t.rejects(
    change(user, { currentPassword: 'a wrong guess', newPassword: 'short' }),
    { code: 'wrong_password' },
    'and hears that before anything about the new one',
  )
  t.ok(await domain.logIn(user.email, firstPassword))
})

t.test('the policy holds for changes, the own names included', async (t) => {
  const user = await domain.register('hannelore')
  for (const newPassword of ['short', 'Hannelore', 'HANNELORE@example.org', 'iloveyou']) {
    await t.rejects(change(user, { newPassword }), { code: 'password_refused' }, newPassword)
  }
})

t.test('a version the caller did not expect stops the change before any hash', async (t) => {
  const user = await domain.register('iris')
  const verify = () => Promise.reject(new Error('a hash was spent'))
  const deps = { ...domain, hasher: { ...quickHasher, verify } }
  const stale = precondition({ headers: { 'if-match': '"7"' } })
  await t.rejects(change(user, { precondition: stale }, deps), { code: 'version_mismatch' })
  const current = precondition({ headers: { 'if-match': '"1"' } })
  t.ok(await change(user, { precondition: current }))
})

/** A hasher whose verifications all wait for one another: so many commands decide on one state. */
function hasherThatMeets(count: number) {
  let arrived = 0
  const verify = async (hash: string | undefined, password: string) => {
    const right = await quickHasher.verify(hash, password)
    arrived += 1
    while (arrived < count) await setImmediate()
    return right
  }
  return { ...quickHasher, verify }
}

t.test('of two changes at once one wins, and the other hears so', async (t) => {
  for (const { name, header, code } of [
    { name: 'jan', header: undefined, code: 'version_conflict' },
    { name: 'kim', header: '"1"', code: 'version_mismatch' },
    { name: 'lea', header: '*', code: 'version_conflict' },
  ]) {
    const user = await domain.register(name)
    const sessionId = (await domain.logIn(user.email)).id
    const headers = header === undefined ? {} : { 'if-match': header }
    const deps = { ...domain, hasher: hasherThatMeets(2) }
    const outcomes = await Promise.allSettled(
      ['the first wish', 'the second wish'].map((newPassword) =>
        change(user, { sessionId, newPassword, precondition: precondition({ headers }) }, deps),
      ),
    )
    t.same(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'rejected'], name)
    t.match(
      outcomes.find((outcome) => outcome.status === 'rejected'),
      { reason: { code } },
    )
    const winner = outcomes[0]?.status === 'fulfilled' ? 'the first wish' : 'the second wish'
    t.ok(await logIn(domain, { email: user.email, password: winner, client, metadata: {} }))
  }
})
