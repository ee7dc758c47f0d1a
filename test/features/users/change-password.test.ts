// Changing the password on a database: which passwords are accepted, which change wins a race, and which
// sessions end.
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { logIn } from '../../../src/features/sessions/log-in.ts'
import { listSessions } from '../../../src/features/sessions/queries.ts'
import { changePassword, type PasswordChange } from '../../../src/features/users/change-password.ts'
import { profileFinder } from '../../../src/features/users/queries.ts'
import type { UserCommandDeps } from '../../../src/features/users/user-command-deps.ts'
import { precondition } from '../../../src/platform/http/conventions/etags.ts'
import { client, firstPassword, openDomain, quickHasher, turn } from '../../support/domain.ts'

const domain = await openDomain(t)
const secondPassword = 'staple of my diet'
const all = { order: 'desc', fetch: 100 } as const

/** Changes a user's password in a new session, unless `changes` names another one. */
async function change(
  user: { id: string; email: string },
  changes: Partial<PasswordChange> = {},
  deps: UserCommandDeps = domain,
) {
  const sessionId = changes.sessionId ?? (await domain.logIn(user.email)).id
  return changePassword(deps, {
    userId: user.id,
    sessionId,
    currentPassword: firstPassword,
    newPassword: secondPassword,
    precondition: () => {},
    client,
    metadata: {},
    ...changes,
  })
}

t.test('After a password change, only the new password logs in', async (t) => {
  const user = await domain.register('dora')
  const { version } = await change(user)
  t.equal((await profileFinder(domain.pool)(user.id))?.version, version)
  t.ok(await domain.logIn(user.email, secondPassword))
  await t.rejects(domain.logIn(user.email, firstPassword), { code: 'invalid_credentials' })
})

t.test(
  'A password change ends all other sessions of the user, and none of another user',
  async (t) => {
    const [user, other] = [await domain.register('emil'), await domain.register('fred')]
    const desk = await domain.logIn(user.email)
    await domain.logIn(user.email)
    await domain.logIn(other.email)
    await change(user, { sessionId: desk.id })
    const ids = async (id: string) =>
      (await listSessions(domain.pool, id, all)).map((session) => session.id)
    t.same(await ids(user.id), [desk.id])
    t.equal((await ids(other.id)).length, 1)
  },
)

t.test('A password change with a wrong current password is rejected', async (t) => {
  const user = await domain.register('gina')
  await t.rejects(change(user, { currentPassword: 'a wrong guess' }), { code: 'wrong_password' })
  await t.rejects(
    change(user, { currentPassword: 'a wrong guess', newPassword: 'short' }),
    { code: 'wrong_password' },
    'the current password is checked before the new one',
  )
  t.ok(await domain.logIn(user.email, firstPassword))
})

t.test(
  'A password change is rejected for a weak password, or the address or name of the user',
  async (t) => {
    const user = await domain.register('hannelore')
    for (const newPassword of ['short', 'Hannelore', 'HANNELORE@example.org', 'iloveyou']) {
      await t.rejects(change(user, { newPassword }), { code: 'password_refused' }, newPassword)
    }
  },
)

t.test('An If-Match of another version stops a password change before any hash', async (t) => {
  const user = await domain.register('iris')
  const verify = () => Promise.reject(new Error('a hash was computed'))
  const deps = { ...domain, hasher: { ...quickHasher, verify } }
  const stale = precondition({ headers: { 'if-match': '"7"' } })
  await t.rejects(change(user, { precondition: stale }, deps), { code: 'version_mismatch' })
  const current = precondition({ headers: { 'if-match': '"1"' } })
  t.ok(await change(user, { precondition: current }))
})

/** A hasher that holds back its answers until `count` verifications are done, so that all decide on one state. */
function hasherThatMeets(count: number) {
  let arrived = 0
  const verify = async (hash: string | undefined, password: string) => {
    const right = await quickHasher.verify(hash, password, turn)
    arrived += 1
    while (arrived < count) await setImmediate()
    return right
  }
  return { ...quickHasher, verify }
}

t.test('Of two concurrent password changes one wins, and the other gets a conflict', async (t) => {
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
      ['the first choice', 'the second choice'].map((newPassword) =>
        change(user, { sessionId, newPassword, precondition: precondition({ headers }) }, deps),
      ),
    )
    t.same(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'rejected'], name)
    t.match(
      outcomes.find((outcome) => outcome.status === 'rejected'),
      { reason: { code } },
    )
    const winner = outcomes[0]?.status === 'fulfilled' ? 'the first choice' : 'the second choice'
    t.ok(await logIn(domain, { email: user.email, password: winner, client, metadata: {} }))
  }
})
