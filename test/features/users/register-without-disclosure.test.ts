// Failed registrations without disclosure release the username. The disclosure by responses is tested in
// test/features/account-recovery/verification.test.ts.
import t from 'tap'
import { findCredentials } from '../../../src/features/users/queries.ts'
import { registerWithoutDisclosure } from '../../../src/features/users/register-without-disclosure.ts'
import { createPasswordHasher } from '../../../src/platform/passwords/hasher.ts'
import { client, firstPassword, openDomain, turn } from '../../support/domain.ts'
import { connect } from '../../support/installed.ts'

const domain = await openDomain(t)
const bounds = { concurrency: 1, maxWaiting: 0 }
// A hash must take much longer than the steps before it, so that the second request finds the hasher busy.
const hasher = createPasswordHasher({ memoryKiB: 65_536, passes: 8, parallelism: 1 }, bounds)

const keyed = (key: string | undefined) =>
  key === undefined ? {} : { key: { actor: 'test', operation: 'registerUser', key } }

const register = (username: string, password = firstPassword) => {
  const email = `${username}@example.org`
  return registerWithoutDisclosure(
    { ...domain, hasher },
    { email, username, password, client, metadata: {} },
  )
}

t.test('A registration rejected by an overloaded server releases the username', async (t) => {
  const busy = hasher.hash(firstPassword, turn)
  await t.rejects(register('bob'), { code: 'overloaded' })
  await busy
  await register('bob')
  await t.rejects(register('bob'), { code: 'username_taken' })
})

t.test('A registration with a weak password reserves no username', async (t) => {
  await t.rejects(register('cid', 'password'), { code: 'password_refused' })
  await register('cid')
})

t.test(
  'A weak password and a taken username are rejected together, whatever the address',
  async (t) => {
    const ada = { email: 'ada@example.org', username: 'ada', password: firstPassword }
    await registerWithoutDisclosure(domain, { ...ada, client, metadata: {} })
    const weak = (email: string, username: string, key?: string) =>
      registerWithoutDisclosure(domain, {
        ...keyed(key),
        email,
        username,
        password: 'password',
        client,
        metadata: {},
      })
    const both = { code: 'password_refused', also: [{ code: 'username_taken' }] }
    const alone = { code: 'password_refused', also: { length: 0 } }
    await t.rejects(weak('ada@example.org', 'weak'), alone)
    await t.rejects(weak('free@example.org', 'ada'), both)
    // Only the second of these reservations registers a user.
    for (const [name, email] of [
      ['weak-taken', 'ada@example.org'],
      ['weak-free', 'other@example.org'],
    ] as const) {
      const names = { email, username: name, password: firstPassword }
      const registration = { ...keyed(name), ...names, client, metadata: {} }
      await registerWithoutDisclosure(domain, registration)
      await t.rejects(weak(email, name), both, name)
      await t.rejects(weak(email, name, name), alone, `${name}, a retry`)
    }
  },
)

t.test('A registration that fails to reach the database releases the username', async (t) => {
  const gone = new Error('the database is gone')
  const store = { ...domain.store, append: () => Promise.reject(gone) }
  const dora = { email: 'dora@example.org', username: 'dora', password: firstPassword, client }
  const registration = { ...dora, metadata: {} }
  await t.rejects(registerWithoutDisclosure({ ...domain, store }, registration), gone)
  await register('dora')
})

t.test(
  'A registration with the address of a user who is being erased gets the address',
  async (t) => {
    const owner = await connect(t, domain.url)
    const { id } = await domain.register('eve')
    const append: typeof domain.store.append = async (decision) => {
      await owner.query(`select log.forget($1, 'between the look-up and the append')`, [id])
      return domain.store.append(decision)
    }
    const names = { email: 'eve@example.org', username: 'eve-two', password: firstPassword }
    const deps = { ...domain, store: { ...domain.store, append } }
    await registerWithoutDisclosure(deps, { ...names, client, metadata: {} })
    t.match(await findCredentials(domain.pool, names.email), { username: 'eve-two' })
  },
)
