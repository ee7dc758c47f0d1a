// Registering on a database: the stored profile, and registrations that the constraints or the policy reject.
import t from 'tap'
import { findCredentials, profileFinder } from '../../../src/features/users/queries.ts'
import { registerUser } from '../../../src/features/users/register.ts'
import { client, firstPassword, openDomain, quickHasher, turn } from '../../support/domain.ts'

const domain = await openDomain(t)

t.test('A registered user is found, with the time that the log recorded', async (t) => {
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

t.test('A taken address or username is rejected regardless of case', async (t) => {
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

t.test('A rejected password is not hashed, and no user is registered', async (t) => {
  let hashed = 0
  const hash = (password: string) => {
    hashed += 1
    return quickHasher.hash(password, turn)
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
