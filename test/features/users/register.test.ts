// Registering on a database: the stored profile, and registrations that the constraints or the policy reject.
import t from 'tap'
import { findCredentials, profileFinder } from '../../../src/features/users/queries.ts'
import { registerUser } from '../../../src/features/users/register.ts'
import { client, firstPassword, quickHasher, turn } from '../../support/domain.ts'
import { openRoutes } from '../../support/http/routes.ts'

const domain = await openRoutes(t)

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

t.test('A registration reports all its faults in one response', async (t) => {
  const { email, username } = await domain.register('taken')
  const taken = { email, username, password: 'a few unrelated words' }
  const names = [
    { pointer: '/email', code: 'taken' },
    { pointer: '/username', code: 'taken' },
  ]
  const faults = async (changes: object) => {
    const { status, body } = await domain.call('POST /users', { body: { ...taken, ...changes } })
    const { code, errors } = body
    return {
      status,
      code,
      errors: errors.map(({ message: _, ...error }: object & { message: string }) => error),
    }
  }
  const both = await faults({})
  t.equal(both.status, 409)
  t.same(new Set(both.errors), new Set(names))
  t.equal(both.code, `${both.errors[0].pointer.slice(1)}_taken`, 'the code is that of the first')
  t.same(await faults({ email: 'free@example.org' }), {
    status: 409,
    code: 'username_taken',
    errors: [names[1]],
  })
  t.same(await faults({ password: 'Password1' }), {
    status: 422,
    code: 'password_refused',
    errors: [{ pointer: '/password', code: 'too_common' }, ...names],
  })
  const short = { pointer: '/password', code: 'too_short', params: { min: 8 } }
  t.same(
    await faults({ email: 'ada', password: 'ada' }),
    {
      status: 422,
      code: 'validation_failed',
      errors: [{ pointer: '/email', code: 'invalid_email' }, short],
    },
    'a malformed request discloses no names',
  )
})
